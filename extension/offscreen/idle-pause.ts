import { type VoiceEvent } from './voice-state.ts'

/** Tells when nobody has said or done anything for long. */
export class IdlePause {
  readonly #onQuiet: () => void
  #afterMs = 0
  #lastMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onQuiet: () => void) {
    this.#onQuiet = onQuiet
  }

  /** @param afterMs 0: never */
  start(afterMs: number): void {
    this.stop()
    this.#afterMs = afterMs
    this.touch()
    if (afterMs > 0) this.#wait(afterMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Somebody is here. */
  touch(): void {
    this.#lastMs = performance.now()
  }

  /** Words come many times a second, so the clock is not set anew with each of them. */
  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#lastMs + this.#afterMs - performance.now()
      if (leftMs > 0) this.#wait(leftMs)
      else this.#onQuiet()
    }, ms)
  }
}

/** Whether an event shows that somebody is talking, on either side. Pure. */
export function isSignOfLife(event: VoiceEvent): boolean {
  switch (event.type) {
    case 'speech':
    case 'spoken':
    case 'talk':
    case 'muted':
      return true
    case 'message':
      return /^(transcript|turn|tool)\./.test(event.message.type)
    default:
      return false
  }
}
