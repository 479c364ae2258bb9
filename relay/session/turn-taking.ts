import { type Uplink } from './uplink.ts'

export interface TurnTakingParts {
  readonly uplink: Uplink
  /** Whether the user wants to hold a button to talk. */
  readonly isManual: boolean
  /** Nobody is being answered, and nobody waits for it. */
  readonly isFree: () => boolean
  /** What comes from here on is for a connection that takes turns the other way, as soon as there is one. */
  readonly onSwitch: () => void
  /** This microphone frame is nobody's. */
  readonly onUnwanted: (seq: number) => void
}

/** A button is held over a reconnect; who is away for longer, ms, has let go of it. */
const HOLD_GRACE_MS = 5_000

/**
 * What of the user's sound and signals goes to the brain, and when: always, or while a button is held. Gemini takes that
 * for a connection and hangs up on signals of the other way, so a change begins with the next one. Who changed it need not
 * wait: the first word said in the new way calls for that connection, and waits for it.
 */
export class TurnTaking {
  readonly #parts: TurnTakingParts
  readonly #uplink: Uplink
  /** As the user wants it. */
  #wantsManual: boolean
  /** As the uplink's brain takes it, or the one it waits for. */
  #isManual: boolean
  /** `left`: with its client; goes on if that comes back in time and says so. */
  #hold: 'none' | 'held' | 'left' = 'none'
  #graceTimer: NodeJS.Timeout | undefined

  constructor(parts: TurnTakingParts) {
    this.#parts = parts
    this.#uplink = parts.uplink
    this.#wantsManual = parts.isManual
    this.#isManual = parts.isManual
  }

  /** Whether the button is down. */
  get isHeld(): boolean {
    return this.#hold !== 'none'
  }

  /** @param pcm valid during the call only */
  microphone(seq: number, pcm: Uint8Array, isSpeech: boolean): void {
    if (this.#isManual || this.#wantsManual) this.#button(seq, pcm, isSpeech)
    else this.#uplink.audio(seq, pcm, isSpeech)
  }

  /** @returns false when it belongs to the other way of taking turns */
  signal(type: 'activity.start' | 'activity.end' | 'audio.end'): boolean {
    switch (type) {
      case 'activity.start':
        if (!this.#wantsManual) return false
        this.#press()
        return true
      case 'activity.end':
        // Clients that are not sure say it again.
        this.#release()
        return true
      case 'audio.end':
        if (this.#isManual || this.#wantsManual) return false
        this.#uplink.signal('pause')
        return true
    }
  }

  /** The user wants it so from now on. */
  wants(isManual: boolean): void {
    if (this.#wantsManual === isManual) return
    this.#wantsManual = isManual
    // A brain that listens by itself would wait for the rest of what it heard.
    if (isManual && !this.#isManual) this.#uplink.signal('pause')
  }

  /** A connection is called that takes turns as the user wants it. To be called while none is up. */
  connecting(): void {
    if (this.#isManual === this.#wantsManual) return
    this.#turnOver()
  }

  /** The client is gone. */
  clientLeft(): void {
    if (this.#hold !== 'held') return
    this.#hold = 'left'
    this.#graceTimer = setTimeout(() => this.#release(), HOLD_GRACE_MS)
  }

  dispose(): void {
    clearTimeout(this.#graceTimer)
  }

  /** Sound while there is a button: outside of it, it is nobody's; Gemini would drop it or hang up. */
  #button(seq: number, pcm: Uint8Array, isSpeech: boolean): void {
    // It came back and holds nothing.
    if (this.#hold === 'left') this.#release()
    if (this.#hold === 'none' && !this.#wantsManual && this.#parts.isFree()) this.#switch()
    if (this.#hold === 'held' || !(this.#isManual || this.#wantsManual)) this.#uplink.audio(seq, pcm, isSpeech)
    else this.#parts.onUnwanted(seq)
  }

  #press(): void {
    if (!this.#isManual) this.#switch()
    if (this.#hold === 'none') this.#uplink.signal('start')
    this.#hold = 'held'
    clearTimeout(this.#graceTimer)
  }

  #release(): void {
    clearTimeout(this.#graceTimer)
    if (this.#hold === 'none') return
    this.#hold = 'none'
    this.#uplink.signal('end')
  }

  #switch(): void {
    this.#uplink.detach()
    this.#turnOver()
    this.#parts.onSwitch()
  }

  #turnOver(): void {
    clearTimeout(this.#graceTimer)
    this.#hold = 'none'
    this.#isManual = this.#wantsManual
    this.#uplink.turnTakingChanged()
  }
}
