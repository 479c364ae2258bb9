import { type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type SpeechEnd } from './speech-end.ts'
import { type TurnTaking } from './turn-taking.ts'

/**
 * The way of a conversation's microphone frames, from its line to where they are taken up for the brain. They come 31 times a
 * second, so they do not pass through the conversation and its parts, which have nothing to say about them: with hundreds of
 * people talking each object on the way is one that must be fetched from memory (docs/adr/0011).
 */
export class MicrophoneLane {
  readonly #speechEnd: SpeechEnd
  readonly #turnTaking: TurnTaking
  #newestSeq: number | undefined
  #bytes = 0

  /** @param newestSeq the newest frame that came before, if any did */
  constructor(speechEnd: SpeechEnd, turnTaking: TurnTaking, newestSeq: number | undefined) {
    this.#speechEnd = speechEnd
    this.#turnTaking = turnTaking
    this.#newestSeq = newestSeq
  }

  /** Number of the newest frame. */
  get newestSeq(): number | undefined {
    return this.#newestSeq
  }

  /** @param frame newer than all before it; its payload is needed during the call only */
  take({ seq, payload }: MicrophoneFrame): void {
    this.#newestSeq = seq
    this.#bytes += payload.byteLength
    const isSpeech = this.#speechEnd.hear(payload, performance.now())
    this.#turnTaking.microphone(seq, payload, isSpeech)
  }

  /** The client counts its frames anew. */
  forget(): void {
    this.#newestSeq = undefined
  }

  /** @returns how much came since the last call, bytes of PCM16 at 16 kHz */
  takeBytes(): number {
    const bytes = this.#bytes
    this.#bytes = 0
    return bytes
  }
}
