import { WorkerThread, type WorkerUnavailable } from '../worker-thread.ts'
import { type ListenAnswer, type ListenAsk } from './listen-protocol.ts'

const LISTEN_WORKER = new URL('./listen-worker.ts', import.meta.url)

/** One stream of audio at the shared listen worker: its own voice memory, its own place in the row. */
export interface ListenStream {
  /** @param samples 512 PCM16 samples, 16 kHz; copied @returns how likely they are speech, 0…1 */
  voice(samples: Int16Array): Promise<number>
  /**
   * @param samples PCM16, 16 kHz, at most about 25 s; handed over, not to be used after
   * @returns the words, empty for none
   * @throws when the signal aborts, the stream ends, too much is waiting, or the worker dies
   */
  recognise(
    samples: Int16Array<ArrayBuffer>,
    options: { readonly speculative: boolean; readonly signal: AbortSignal },
  ): Promise<string>
  /** Drops what voice detection remembers: the audio has a gap here. */
  restart(): void
  close(): void
}

/** Voice detection and recognition for any number of streams, on one worker thread. */
export class Listener {
  readonly #thread: WorkerThread<ListenAsk, ListenAnswer>
  #nextStream = 1

  /** @param program another worker program, for tests of its failures */
  constructor(onDeath: (error: WorkerUnavailable) => void, program: URL = LISTEN_WORKER) {
    this.#thread = new WorkerThread(program, onDeath)
  }

  /** Resolves when the models are loaded. @throws {WorkerUnavailable} */
  get ready(): Promise<void> {
    return this.#thread.ready
  }

  open(): ListenStream {
    const thread = this.#thread
    const stream = this.#nextStream++
    return {
      async voice(samples) {
        const copy = samples.slice()
        const answer = await thread.ask({ type: 'voice', stream, samples: copy }, [copy.buffer])
        return answer.type === 'voice' ? answer.probability : 0
      },
      async recognise(samples, { speculative, signal }) {
        const question = { type: 'recognise', stream, samples, speculative } as const
        const answer = await thread.ask(question, [samples.buffer], signal)
        return answer.type === 'recognise' ? answer.text : ''
      },
      restart: () => thread.tell({ type: 'restart', stream }),
      close: () => thread.tell({ type: 'forget', stream }),
    }
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}
