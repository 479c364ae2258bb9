import { Conversation } from './conversation.ts'
import { LiveSession, type Brain, type SessionOutlet } from './live-session.ts'
import { type TokenGrant } from './wire/auth-tokens.ts'
import { decodeClientMessage, type ClientMessage } from './wire/client-message.ts'
import { CLOSING, internalError, type Closing } from './wire/closing.ts'
import { type Endpoint } from './wire/endpoint.ts'
import { seconds } from './wire/server-message.ts'
import { checkSetup } from './wire/setup-rules.ts'
import { type Setup } from './wire/setup-schema.ts'

/** A client that says nothing at all must not keep its place for ever. */
const SETUP_TIMEOUT_MS = 30_000

export interface ConnectionLimits {
  /** How long one connection may last, ms. */
  readonly connectionMs: number
  /** How long before its end goAway is said, ms. */
  readonly goAwayMs: number
}

export interface ConnectionParts {
  readonly endpoint: Endpoint
  /** Of the auth token the client came with. */
  readonly grant: TokenGrant | undefined
  readonly brain: Brain
  readonly outlet: SessionOutlet
  readonly limits: ConnectionLimits
}

type State =
  | { readonly name: 'new' }
  /** The models are loading; the socket is paused, only what had arrived already waits here. */
  | { readonly name: 'loading'; readonly early: string[] }
  | { readonly name: 'open'; readonly session: LiveSession }
  | { readonly name: 'over' }

/** One socket from its first frame to its last: setup first, then a session until somebody hangs up. */
export class LiveConnection {
  readonly #parts: ConnectionParts
  readonly #timers: NodeJS.Timeout[] = []
  #state: State = { name: 'new' }

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#after(SETUP_TIMEOUT_MS, () => {
      if (this.#state.name === 'new') this.close(CLOSING.deadline)
    })
    if (parts.grant !== undefined) this.#after(parts.grant.expiresAt - Date.now(), () => this.close(CLOSING.tokenSpent))
  }

  /** @param frame the text of one frame, text or binary */
  receive(frame: string): void {
    if (this.#state.name === 'over') return
    if (this.#state.name === 'loading') {
      this.#state.early.push(frame)
      return
    }
    const { grant } = this.#parts
    const decoded = decodeClientMessage(frame, grant && ((setup) => grant.lockSetup(setup)))
    const closing = decoded.ok ? this.#take(decoded.message) : decoded.closing
    if (closing !== undefined) this.close(closing)
  }

  /** Hangs up; the text is for the client. */
  close(closing: Closing): void {
    if (this.#state.name === 'over') return
    this.end()
    this.#parts.outlet.close(closing)
  }

  /** The socket is gone. */
  end(): void {
    if (this.#state.name === 'open') this.#state.session.close()
    this.#state = { name: 'over' }
    this.#timers.forEach(clearTimeout)
  }

  #take(message: ClientMessage): Closing | undefined {
    if (this.#state.name === 'open') return this.#state.session.take(message)
    if (message.type !== 'setup') return CLOSING.setupFirst
    return this.#begin(message.body)
  }

  #begin(setup: Setup): Closing | undefined {
    const { endpoint, grant, brain } = this.#parts
    const checked = checkSetup(setup, endpoint)
    if (!checked.ok) return checked.closing
    const handle = setup.sessionResumption?.handle
    const resumes = handle !== undefined && handle !== ''
    const saved = resumes ? brain.resumptions.find(handle, setup.model) : undefined
    if (resumes && saved === undefined) return CLOSING.sessionNotFound
    // Going on with a session takes no use of a token.
    if (!resumes && grant?.startSession() === false) return CLOSING.tokenSpent
    const { outlet } = this.#parts
    const open = () => {
      // A failing session hangs up through here, so that its timers end with it.
      const sessionOutlet: SessionOutlet = {
        send: (serverMessage) => outlet.send(serverMessage),
        bufferedBytes: () => outlet.bufferedBytes(),
        setPaused: (paused) => outlet.setPaused(paused),
        close: (closing) => this.close(closing),
      }
      return new LiveSession(setup, checked.rules, brain, sessionOutlet, new Conversation(saved?.entries))
    }
    void this.#load(open)
    return undefined
  }

  /** Holds setupComplete until the models are there. */
  async #load(open: () => LiveSession): Promise<void> {
    const { brain, outlet } = this.#parts
    const early: string[] = []
    this.#state = { name: 'loading', early }
    outlet.setPaused(true)
    try {
      await Promise.all([brain.listener.ready, brain.speaker.ready])
    } catch (error) {
      this.close(internalError(`speech models could not be loaded: ${error instanceof Error ? error.message : ''}`))
      return
    }
    if (!this.#isLoading()) return
    const session = open()
    this.#state = { name: 'open', session }
    session.open()
    this.#limitTime()
    outlet.setPaused(false)
    early.forEach((frame) => this.receive(frame))
  }

  #isLoading(): boolean {
    return this.#state.name === 'loading'
  }

  #limitTime(): void {
    const { outlet, limits } = this.#parts
    const leftMs = Math.min(limits.goAwayMs, limits.connectionMs)
    this.#after(limits.connectionMs - leftMs, () => outlet.send({ goAway: { timeLeft: seconds(leftMs) } }))
    this.#after(limits.connectionMs, () => this.close(CLOSING.deadline))
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(act, Math.max(0, ms))
    timer.unref()
    this.#timers.push(timer)
  }
}
