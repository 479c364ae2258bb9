import { type Speaker, type SpeakerOptions, type SpeakerUse } from '../speaker/speaker.ts'
import { type SpeechPiece } from './kept-speech.ts'

export interface ReplayOptions {
  readonly openSpeaker: (options: SpeakerOptions) => Speaker
  /** It began, or is over. */
  readonly onChange: () => void
}

/**
 * Says an answer again, in this document, whether the panel is open or not. It has a speaker of its own: what is said again
 * is no turn, so nobody but the ear hears of it.
 */
export class Replay {
  readonly #options: ReplayOptions
  #playing: { readonly turn: number; readonly speaker: Speaker } | undefined

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** The turn whose answer is said again now. */
  get turn(): number | undefined {
    return this.#playing?.turn
  }

  /** @param pieces of the whole answer; given away */
  start(turn: number, pieces: readonly SpeechPiece[], use: SpeakerUse): void {
    this.stop()
    const speaker = this.#options.openSpeaker({
      onPlayed: (_turn, _playedMs, ended) => ended && this.#playing?.speaker === speaker && this.stop(),
    })
    this.#playing = { turn, speaker }
    speaker.use(use)
    for (const { positionMs, pcm } of pieces) speaker.play(turn, positionMs, pcm)
    speaker.end(turn)
    this.#options.onChange()
  }

  /** How a person wants to hear; at once. */
  use(use: SpeakerUse): void {
    this.#playing?.speaker.use(use)
  }

  stop(): void {
    const playing = this.#playing
    if (playing === undefined) return
    this.#playing = undefined
    void playing.speaker.close()
    this.#options.onChange()
  }
}
