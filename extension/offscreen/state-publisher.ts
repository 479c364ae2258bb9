import { type VoiceState } from '../messaging/voice-state.ts'

/** Captions grow by a word at a time and travel as a whole list: 20 times a second is as good as every word. */
const CAPTIONS_INTERVAL_MS = 50

/** Tells the panel every new state: at once when anything but captions changed, else soon. The newest always arrives. */
export class StatePublisher {
  readonly #post: (state: VoiceState) => void
  #posted: VoiceState | undefined
  #next: VoiceState | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(post: (state: VoiceState) => void) {
    this.#post = post
  }

  publish(state: VoiceState): void {
    this.#next = state
    if (this.#posted === undefined || !isSameBut(this.#posted, state)) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), CAPTIONS_INTERVAL_MS)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#next === undefined) return
    this.#posted = this.#next
    this.#post(this.#next)
  }
}

/** Whether two states differ in their captions only. */
function isSameBut(a: VoiceState, b: VoiceState): boolean {
  return JSON.stringify({ ...a, turns: [] }) === JSON.stringify({ ...b, turns: [] })
}
