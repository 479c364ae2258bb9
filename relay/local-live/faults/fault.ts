import { type ServerMessage } from '../wire/server-message.ts'

/** Points in the life of a connection at which something can be made to go wrong. */
export const MOMENTS = [
  /** The client's setup has come; nothing was answered. */
  'setup',
  /** As `setup`, where it came with a handle. */
  'resume',
  /** setupComplete is sent. */
  'ready',
  /** The client's audio holds more than silence, or it says that activity began. */
  'userSpeech',
  /** A typed turn has come. */
  'typed',
  /** The first piece of an input transcript is sent. */
  'heard',
  /** The first sound of an answer is sent. */
  'answer',
  /** generationComplete is sent. */
  'answerEnd',
  /** turnComplete is sent. */
  'turnEnd',
  /** interrupted is sent. */
  'interrupted',
  /** A toolCall is sent. */
  'toolCall',
  /** The client has answered a toolCall; the session does not know yet. */
  'toolResponse',
] as const
export type Moment = (typeof MOMENTS)[number]

/** What goes out: a message, a text that takes the place of one, or bytes as they are. */
export type Frame = ServerMessage | string | Buffer

export type ClientFrame = Readonly<Record<string, unknown>>

/** What a fault can do with the connection it has hit. */
export interface FaultWire {
  /** Sends past all faults. */
  send(...frames: readonly Frame[]): void
  /** Sends a close frame; without a code the client sees 1005. */
  close(code?: number, reason?: string): void
  /** Cuts the line without a close frame: the client sees 1006. */
  cut(): void
  /** From now on nothing goes out any more, not even a goodbye of the session's. */
  mute(): void
  /** From now on nothing the client says reaches the session. */
  deafen(): void
  /** From now on nothing is read from the socket. */
  stopReading(): void
  /** Keeps back what goes out for so long, ms, then sends it at once. */
  hold(ms: number): void
  /** Does it later, ms, if the connection lives until then. */
  after(ms: number, act: () => void): void
  /** Whether the client resumes with the handle of a connection that is still open. */
  readonly resumesOpenSession: boolean
}

/** What a fault makes of the messages of one connection; it may keep a state between calls. */
export interface Rewriting {
  readonly toClient?: (message: ServerMessage) => readonly Frame[]
  /** @returns undefined when the session is not to hear of it */
  readonly fromClient?: (frame: ClientFrame) => ClientFrame | undefined
}

interface Described {
  /** kebab-case */
  readonly name: string
  /** What goes wrong, in a line. */
  readonly does: string
  /** Where it was seen: a public report, or what it follows from. */
  readonly source: string
}

/** One way in which a Live server goes wrong. */
export type Fault = Described &
  (
    | {
        readonly kind: 'refusal'
        /** HTTP status of the upgrade's answer; `cut` hangs up, `hang` never answers. */
        readonly answer: number | 'cut' | 'hang'
      }
    | { readonly kind: 'strike'; readonly at: Moment; readonly strike: (wire: FaultWire) => void }
    | { readonly kind: 'rewrite'; readonly rewrite: () => Rewriting }
  )
