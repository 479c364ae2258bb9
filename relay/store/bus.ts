import { type Json } from './key-value.ts'

/**
 * Tells every instance, this one included, what happened. It is a courtesy of speed: a message may be lost while the store is
 * away, so nothing may be unsafe without it; `onRestored` is the moment to look for oneself.
 */
export interface Bus {
  /** Rejects with `StoreError` when it could not be sent. */
  publish(topic: string, message: Json): Promise<void>
  /** @returns ends the subscription */
  subscribe(topic: string, onMessage: (message: Json) => void): () => void
  /** Called when messages may have been missed and come again. @returns ends it */
  onRestored(listener: () => void): () => void
}
