import { Worker, type Transferable } from 'node:worker_threads'
import { type FromWorker, type ToWorker } from './worker-desk.ts'

/** A worker that holds questions and answers none of them for this long is stuck and is replaced. */
const STUCK_AFTER_MS = 30_000
/** Wait before the first restart after a death; doubles up to the cap, so a missing model does not spin the processor. */
const RESTART_MS = 500
const RESTART_CAP_MS = 5_000

/** The worker died, could not load or was closed; the sentence says which. */
export class WorkerUnavailable extends Error {
  override readonly name = 'WorkerUnavailable'
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/**
 * One worker thread that answers questions, and its successors: when it dies or hangs every open question is
 * rejected with `WorkerUnavailable`, `onDeath` is told, and a new one is started after a pause.
 * Threads, not processes: `process.execPath` may be a dynamic loader (scripts/uws-host.mjs).
 */
export class WorkerThread<Ask, Answer> {
  readonly #program: URL
  readonly #onDeath: (error: WorkerUnavailable) => void
  readonly #waiting = new Map<number, Waiting<Answer>>()
  readonly #closed = new AbortController()
  #worker: Worker | undefined
  #ready: Promise<void>
  #nextId = 1
  #deaths = 0
  #stuck: NodeJS.Timeout | undefined

  constructor(program: URL, onDeath: (error: WorkerUnavailable) => void) {
    this.#program = program
    this.#onDeath = onDeath
    this.#ready = this.#start(0)
  }

  /** Resolves when the worker running now has loaded; rejects with `WorkerUnavailable` when it could not. */
  get ready(): Promise<void> {
    return this.#ready
  }

  /**
   * Asks and waits for the answer.
   *
   * @param transfer what is handed over instead of copied
   * @throws {WorkerUnavailable} when the worker dies before it answered; `Error` with its sentence when it refuses
   */
  ask(question: Ask, transfer: readonly Transferable[] = [], signal?: AbortSignal): Promise<Answer> {
    const id = this.#nextId++
    return new Promise<Answer>((resolve, reject) => {
      const worker = this.#worker
      if (worker === undefined) {
        reject(new WorkerUnavailable('the speech worker is not running'))
        return
      }
      if (signal?.aborted === true) {
        reject(reasonOf(signal))
        return
      }
      const withdraw = () => this.#withdraw(id, signal)
      signal?.addEventListener('abort', withdraw, { once: true })
      const settled = () => signal?.removeEventListener('abort', withdraw)
      this.#waiting.set(id, {
        resolve: (answer) => {
          settled()
          resolve(answer)
        },
        reject: (error) => {
          settled()
          reject(error)
        },
      })
      this.#watch()
      this.#post(worker, { type: 'ask', id, question }, transfer)
    })
  }

  /** Says something that has no answer. */
  tell(note: Ask): void {
    if (this.#worker !== undefined) this.#post(this.#worker, { type: 'tell', note }, [])
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    const worker = this.#worker
    this.#bury(new WorkerUnavailable('the speech worker was closed'))
    await worker?.terminate()
  }

  #post(worker: Worker, message: ToWorker<Ask>, transfer: readonly Transferable[]): void {
    worker.postMessage(message, transfer)
  }

  #withdraw(id: number, signal: AbortSignal | undefined): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    this.#watch()
    waiting.reject(reasonOf(signal))
    if (this.#worker !== undefined) this.#post(this.#worker, { type: 'cancel', id }, [])
  }

  #start(delayMs: number): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      const begin = () => {
        // No inherited flags: a test runner's loader hooks do not belong into the worker.
        const worker = new Worker(this.#program, { execArgv: [] })
        const die = (message: string) => {
          const error = new WorkerUnavailable(message)
          reject(error)
          if (this.#worker === worker) this.#replace(worker, error)
        }
        this.#worker = worker
        worker.on('message', (message: FromWorker<Answer>) => {
          if (message.type === 'failed') die(message.reason)
          else if (message.type === 'ready') resolve()
          else this.#answer(message)
        })
        worker.on('error', (error) => die(error instanceof Error ? error.message : String(error)))
        worker.on('exit', () => die('the speech worker stopped'))
      }
      const timer = setTimeout(begin, delayMs)
      this.#closed.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(new WorkerUnavailable('the speech worker was closed'))
      })
    })
    // Whoever needs to know awaits `ready`; without a listener a failed load must not end the process.
    ready.catch(() => undefined)
    void ready.then(
      () => (this.#deaths = 0),
      () => undefined,
    )
    return ready
  }

  #answer(message: Extract<FromWorker<Answer>, { readonly id: number }>): void {
    const waiting = this.#waiting.get(message.id)
    if (waiting === undefined) return
    this.#waiting.delete(message.id)
    this.#watch()
    if (message.type === 'answer') waiting.resolve(message.answer)
    else waiting.reject(new Error(message.reason))
  }

  #replace(worker: Worker, error: WorkerUnavailable): void {
    if (this.#closed.signal.aborted) return
    this.#bury(error)
    void worker.terminate()
    const pauseMs = Math.min(RESTART_MS * 2 ** this.#deaths, RESTART_CAP_MS)
    this.#deaths += 1
    this.#ready = this.#start(pauseMs)
    this.#onDeath(error)
  }

  #bury(error: WorkerUnavailable): void {
    this.#worker = undefined
    const orphans = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#watch()
    for (const { reject } of orphans) reject(error)
  }

  /** Starts the stuck clock over, or stops it when nothing is open. */
  #watch(): void {
    clearTimeout(this.#stuck)
    const worker = this.#worker
    if (this.#waiting.size === 0 || worker === undefined) return
    this.#stuck = setTimeout(() => {
      this.#replace(worker, new WorkerUnavailable('the speech worker did not answer'))
    }, STUCK_AFTER_MS)
    this.#stuck.unref()
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('withdrawn')
}
