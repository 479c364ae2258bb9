import { WorkerThread, type WorkerUnavailable } from '../worker-thread.ts'
import { type SpeakAnswer, type SpeakAsk } from './speak-protocol.ts'

const SPEAK_WORKER = new URL('./speak-worker.ts', import.meta.url)

/** What speaks a clause. */
export type Voice = Pick<Speaker, 'say'>

/** The voice, on one worker thread for everybody. */
export class Speaker {
  readonly #thread: WorkerThread<SpeakAsk, SpeakAnswer>

  /** @param program another worker program, for tests of its failures */
  constructor(onDeath: (error: WorkerUnavailable) => void, program: URL = SPEAK_WORKER) {
    this.#thread = new WorkerThread(program, onDeath)
  }

  /** Resolves when the voice is loaded. @throws {WorkerUnavailable} */
  get ready(): Promise<void> {
    return this.#thread.ready
  }

  /**
   * Speaks one clause.
   *
   * @returns PCM16 mono, 24 kHz, about −20 dBFS; empty when nothing of the text can be spoken
   * @throws when the signal aborts, the voice fails or its worker dies
   */
  async say(clause: string, signal?: AbortSignal): Promise<Int16Array<ArrayBuffer>> {
    const { samples } = await this.#thread.ask({ text: clause }, [], signal)
    return samples
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}
