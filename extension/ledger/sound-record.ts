import { type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type LedgerEntry, type LedgerFact, type SoundAhead, type SoundFact } from './ledger-entry.ts'
import { type Ledger } from './ledger.ts'
import { stretchWith } from './sound-stretch.ts'

/** Frames that may leave before the next write is confirmed: a second. When half of it is used, that write begins. */
const AHEAD_FRAMES = 32
/** A stretch that nothing ended is written after this, ms: the microphone may have stalled. */
const STRETCH_TIMEOUT_MS = 6000

export interface SoundRecordOptions {
  readonly ledger: Pick<Ledger, 'append' | 'expect'>
  /** An entry of this line. */
  readonly entryOf: (fact: LedgerFact) => LedgerEntry
  /** More frames may leave now than before. */
  readonly onRoom: () => void
  /** Nothing can be written any more, so nothing may leave. */
  readonly onBroken: (reason: unknown) => void
}

/**
 * The microphone's frames of one line. The store confirms an allowance of frames before they leave, so that none has to
 * wait for it; a crash leaves the allowance behind, and the ledger shows it as sound that may have left.
 */
export class SoundRecord {
  readonly #options: SoundRecordOptions
  #phase: 'new' | 'open' | 'closing' | 'closed' = 'new'
  #stretch: SoundFact | undefined
  #stretchTimer: ReturnType<typeof setTimeout> | undefined
  /** Ended, and not written yet. */
  #facts: LedgerFact[] = []
  /** Frames that left since the beginning, and up to which number they may. */
  #left = 0
  #allowed = 0
  #isWriting = false

  constructor(options: SoundRecordOptions) {
    this.#options = options
  }

  /** The conversation is known. @param first what the line begins with */
  begin(first: LedgerFact): void {
    this.#phase = 'open'
    this.#facts.push(first)
    this.#write()
  }

  /** @returns whether this frame may leave now, which it then does; if not, `onRoom` says when to ask again */
  admit(frame: MicrophoneFrame): boolean {
    const isRoom = this.#left < this.#allowed
    if (isRoom) this.#add(frame)
    this.#write()
    return isRoom
  }

  /** The microphone paused: what comes next is another stretch. */
  pause(): void {
    this.#endStretch()
    this.#write()
  }

  /** The socket is gone. */
  close(): void {
    this.#endStretch()
    this.#phase = this.#phase === 'new' ? 'closed' : 'closing'
    this.#write()
  }

  #add(frame: MicrophoneFrame): void {
    this.#left++
    const now = Date.now()
    const longer = stretchWith(this.#stretch, frame, now)
    if (longer === undefined) this.#endStretch()
    if (this.#stretch === undefined) this.#stretchTimer = setTimeout(() => this.pause(), STRETCH_TIMEOUT_MS)
    this.#stretch = longer ?? stretchWith(undefined, frame, now)
  }

  #endStretch(): void {
    clearTimeout(this.#stretchTimer)
    if (this.#stretch !== undefined) this.#facts.push(this.#stretch)
    this.#stretch = undefined
  }

  /** Writes what ended and allows what comes, one write at a time. */
  #write(): void {
    const isOpen = this.#phase === 'open'
    const needsRoom = isOpen && this.#allowed - this.#left < AHEAD_FRAMES / 2
    const hasWork = this.#facts.length > 0 || needsRoom || this.#phase === 'closing'
    if (this.#isWriting || !hasWork || this.#phase === 'new' || this.#phase === 'closed') return
    this.#isWriting = true
    const allowed = needsRoom ? this.#left + AHEAD_FRAMES : this.#allowed
    this.#store(allowed).then(
      () => {
        this.#allowed = allowed
        this.#isWriting = false
        this.#options.onRoom()
        this.#write()
      },
      (error: unknown) => {
        this.#phase = 'closed'
        this.#options.onBroken(error)
      },
    )
  }

  async #store(allowed: number): Promise<void> {
    const { ledger, entryOf } = this.#options
    const ahead = this.#ahead(allowed - this.#left)
    const isLast = this.#phase === 'closing'
    if (isLast) this.#phase = 'closed'
    const notes = this.#facts.splice(0).map((fact) => ({ entry: entryOf(fact) }))
    if (isLast) await ledger.append(notes, { dropAhead: ahead.line })
    else if (notes.length > 0) await ledger.append(notes, { putAhead: ahead })
    else await ledger.expect(ahead)
  }

  #ahead(mayFollow: number): SoundAhead {
    const { at, relay, session, line } = this.#options.entryOf({ kind: 'forgotten' })
    const ahead = { at, relay, session, line, mayFollow }
    return this.#stretch === undefined ? ahead : { ...ahead, stretch: this.#stretch }
  }
}
