/** A typed event emitter of one type map; a listener's lifetime is its signal or the returned disposer. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>()

  /** Calls `listener` for every event of `type` until the signal aborts or the returned disposer is called. */
  on<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void, signal?: AbortSignal): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    listeners.add(listener)
    const dispose = () => {
      listeners.delete(listener)
    }
    signal?.addEventListener('abort', dispose, { once: true })
    return dispose
  }

  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    const listeners = this.#listeners.get(type) as Set<(event: Events[Type]) => void> | undefined
    if (listeners !== undefined) for (const listener of [...listeners]) listener(event)
  }
}
