import { type Logger } from '../logger.ts'
import { type Json } from './key-value.ts'

type OnMessage = (message: Json) => void

/** Who listens to what. A listener that throws is logged and keeps nothing from the others. */
export class Topics {
  readonly #listeners = new Map<string, Set<OnMessage>>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** @returns ends it */
  add(topic: string, onMessage: OnMessage): () => void {
    // An own function, so that the same listener may be added twice and each addition ends alone.
    const listener: OnMessage = (message) => onMessage(message)
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic)
    }
  }

  tell(topic: string, message: Json): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) {
      try {
        listener(message)
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        this.#logger.error({ topic, error: text }, 'a listener on the bus failed')
      }
    }
  }
}
