import { parentPort, type Transferable } from 'node:worker_threads'

/** What the main thread says to a worker. */
export type ToWorker<Ask> =
  | { readonly type: 'ask'; readonly id: number; readonly question: Ask }
  | { readonly type: 'tell'; readonly note: Ask }
  | { readonly type: 'cancel'; readonly id: number }

/** What a worker says to the main thread. */
export type FromWorker<Answer> =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'refusal'; readonly id: number; readonly reason: string }

/** The worker's end of a `WorkerThread`: what comes in and how it is answered. */
export interface Desk<Ask, Answer> {
  /** Says that everything is loaded. */
  ready(): void
  /** Says that this worker can never answer; the main thread replaces it. */
  failed(error: unknown): void
  answer(id: number, answer: Answer, transfer?: readonly Transferable[]): void
  refuse(id: number, error: unknown): void
  onMessage(handle: (message: ToWorker<Ask>) => void): void
}

/** Opens the desk of the worker this is called in. @throws outside of a worker */
export function openDesk<Ask, Answer>(): Desk<Ask, Answer> {
  const port = parentPort
  if (port === null) throw new Error('this program runs in a worker thread only')
  const say = (message: FromWorker<Answer>, transfer: readonly Transferable[] = []) =>
    port.postMessage(message, transfer)
  return {
    ready: () => say({ type: 'ready' }),
    failed: (error) => say({ type: 'failed', reason: sentence(error) }),
    answer: (id, answer, transfer) => say({ type: 'answer', id, answer }, transfer),
    refuse: (id, error) => say({ type: 'refusal', id, reason: sentence(error) }),
    onMessage: (handle) => port.on('message', handle),
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
