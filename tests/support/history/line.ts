import { type ClientMessage } from '../../../shared/protocol/client-message.ts'
import { type ImageFrame, type MicrophoneFrame, type SpeechFrame } from '../../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../../shared/protocol/server-message.ts'
import { type AppendResult, type JournalEntry } from '../../../relay/store/journal.ts'

/*
 * The lines of a history (docs/adr/0013): what each client sent and received, what each store call was answered, what the
 * brain heard, and what was done to them. One JSON object a line, in the order in which it happened.
 */

type WithoutSound<Frame extends { readonly payload: Uint8Array }> = Omit<Frame, 'payload'> & { readonly bytes: number }

export type SentFrame = ClientMessage | WithoutSound<MicrophoneFrame> | WithoutSound<ImageFrame>
export type ReceivedFrame = ServerMessage | WithoutSound<SpeechFrame>

interface OfClient {
  readonly client: string
  /** Counts the sockets of this client: 1, 2, … */
  readonly socket: number
}

export type ClientLine =
  /** @property instance `ws://host:port/…` as the ticket named it */
  | (OfClient & { readonly event: 'opening'; readonly instance: string })
  | (OfClient & { readonly event: 'sent'; readonly frame: SentFrame })
  /** @property late the client had given this socket up and did not look */
  | (OfClient & { readonly event: 'received'; readonly frame: ReceivedFrame; readonly late?: true })
  | (OfClient & { readonly event: 'closed'; readonly code: number })
  /** The client's own ring ran over, ms of sound. */
  | (OfClient & { readonly event: 'audio lost'; readonly ms: number })
  /** Its owner ended it, and everything it had asked for was answered. */
  | (OfClient & { readonly event: 'left' })

/** One answer of the journal; `asked` is the place of the question among all lines, as a number of the line before it. */
export type StoreLine = {
  readonly event: 'store'
  readonly instance: string
  readonly id: string
  readonly fence: number
} & (
  | { readonly call: 'create' | 'claim' }
  /** `asking` stands where the write begins, `done` where it was confirmed. */
  | { readonly call: 'append'; readonly step: 'asking'; readonly entry: JournalEntry }
  | { readonly call: 'append'; readonly step: 'done'; readonly entry: JournalEntry; readonly result: AppendResult }
)

/** What reached the brain. `call` numbers its connections over all instances. */
export type BrainLine = { readonly event: 'brain'; readonly call: number } & (
  | { readonly what: 'called' }
  /** A frame of the microphone of `client`, recognised by its samples. */
  | { readonly what: 'audio'; readonly client: string; readonly seq: number }
  | { readonly what: 'text'; readonly text: string }
  | { readonly what: 'tool called' | 'tool answered'; readonly callId: string }
)

/** What the test did to them. */
export interface FaultLine {
  readonly event: 'fault'
  /** `killed`: what was only in the memory of an instance is gone. */
  readonly what: 'killed' | 'stopped' | 'dropped' | 'store away' | 'store back'
  /** The client or instance it was done to. */
  readonly to: string
  /** What exactly, for people. */
  readonly how?: string
}

export type HistoryLine = { readonly at: number } & (ClientLine | StoreLine | BrainLine | FaultLine)

/** What the store holds of one conversation at the end. */
export interface StoredConversation {
  readonly id: string
  readonly entries: readonly JournalEntry[]
}
