import { type ClientMessage, type ClientMessageOf } from '../protocol/client-message.ts'
import { type SessionSetup } from '../protocol/session-setup.ts'

/** Typed turns nobody can have written while a relay was away; one more is refused. */
const MAX_TEXTS = 32

/** What every new socket of a conversation has to be told: its settings, what is true now, and unanswered typed turns. */
export class KeptMessages {
  #setup: SessionSetup
  #context: ClientMessageOf<'context.update'> | undefined
  readonly #texts = new Map<string, ClientMessageOf<'text.send'>>()

  constructor(setup: SessionSetup) {
    this.#setup = setup
  }

  /** The settings of the next `session.start`, with every `session.update` since the beginning. */
  get setup(): SessionSetup {
    return this.#setup
  }

  /** Keeps the messages that outlive their socket. @returns whether this one will reach the relay in any case */
  keep(message: ClientMessage): boolean {
    switch (message.type) {
      case 'session.update':
        this.#setup = { ...this.#setup, ...message.setup }
        return true
      case 'context.update':
        this.#context = message
        return true
      case 'text.send':
        if (this.#texts.size === MAX_TEXTS && !this.#texts.has(message.id)) return false
        this.#texts.set(message.id, message)
        return true
      default:
        return false
    }
  }

  /** The relay has stored the typed turn: a `transcript.final` bears its id. */
  confirmText(id: string): void {
    this.#texts.delete(id)
  }

  /** @returns what to say right after `session.ready`, in order; the settings went with `session.start`. */
  forNewSocket(): ClientMessage[] {
    return [...(this.#context === undefined ? [] : [this.#context]), ...this.#texts.values()]
  }
}
