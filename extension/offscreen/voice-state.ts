import { type RelayClientState } from '../../shared/client/relay-client.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import {
  IDLE_VOICE_STATE,
  type PauseReason,
  type SharingState,
  type VoiceProblem,
  type VoiceState,
  type VoiceStatus,
} from '../messaging/voice-state.ts'
import { captionsAfter } from './captions.ts'

/** Everything that can happen to a conversation, as far as a person sees it. */
export type VoiceEvent =
  /** `fresh`: with a new session; otherwise the one that was paused goes on. */
  | { readonly type: 'started'; readonly fresh: boolean; readonly temporary?: boolean }
  /** Nothing of the conversation is shown any more. */
  | { readonly type: 'forgotten' }
  /** Nothing is heard or said; `paused`: the conversation waits. */
  | { readonly type: 'stopped'; readonly paused?: PauseReason }
  | { readonly type: 'failed'; readonly problem: VoiceProblem; readonly detail: string }
  | { readonly type: 'connection'; readonly state: RelayClientState }
  | { readonly type: 'message'; readonly message: ServerMessage }
  /** Whether frames of the microphone come, and whether they leave. */
  | { readonly type: 'microphone'; readonly captured: boolean; readonly sent: boolean }
  | { readonly type: 'device'; readonly device: NonNullable<VoiceState['device']> }
  | { readonly type: 'muted'; readonly muted: boolean }
  | ({ readonly type: 'talk' } & VoiceState['talk'])
  /** Another panel plays, or none. */
  | { readonly type: 'panel'; readonly window: number | undefined }
  /** Speech of this turn came. */
  | { readonly type: 'speech'; readonly turn: number }
  /** This turn has been heard to its end, or was silenced. */
  | { readonly type: 'spoken'; readonly turn: number }
  | { readonly type: 'sharing'; readonly sharing: SharingState }

type Link = 'connecting' | 'open' | 'reconnecting'

type Activity =
  | { readonly name: 'idle'; readonly paused?: PauseReason | undefined }
  | {
      readonly name: 'active'
      readonly connection: Link
      /** The relay's connection to the brain. */
      readonly brain: Link
      /** The microphone gave its first frame. */
      readonly heard: boolean
      readonly thinking: boolean
      /** Newest turn that was answered: words of the user that are settled late do not make it think again. */
      readonly answered: number
      /** The turn whose speech is on its way or heard. */
      readonly speaking?: number | undefined
    }
  | { readonly name: 'failed'; readonly problem: VoiceProblem; readonly detail: string }
type Active = Extract<Activity, { name: 'active' }>

/** The state of a conversation with what only the next step needs to know. */
export interface Conversation {
  readonly activity: Activity
  readonly sessionId: string
  /** What extension pages are shown, but for the status. */
  readonly shown: Omit<VoiceState, 'status'>
}

const { status: _status, ...NOTHING_SHOWN } = IDLE_VOICE_STATE

export const NO_CONVERSATION: Conversation = {
  activity: { name: 'idle' },
  sessionId: '',
  shown: NOTHING_SHOWN,
}

const STARTING: Active = {
  name: 'active',
  connection: 'connecting',
  brain: 'open',
  heard: false,
  thinking: false,
  answered: 0,
}

/** What a conversation becomes by an event; the same object where it changes nothing. Pure. */
export function conversationAfter(before: Conversation, event: VoiceEvent): Conversation {
  switch (event.type) {
    case 'started':
      return started(before, event)
    case 'forgotten':
      return emptied(before)
    case 'stopped':
      return { ...before, activity: { name: 'idle', paused: event.paused } }
    case 'failed':
      return { ...before, activity: { name: 'failed', problem: event.problem, detail: event.detail } }
    case 'connection':
      return whileActive(before, (active) => ({ ...active, ...connectionAfter(active, event.state) }))
    case 'message':
      return afterMessage(before, event.message)
    case 'microphone':
      return whileActive(showing(before, { microphoneOpen: event.sent }), (active) =>
        event.captured && !active.heard ? { ...active, heard: true } : active,
      )
    case 'muted':
      // Who mutes before the first frame is not kept waiting for it.
      return whileActive(showing(before, { muted: event.muted }), (active) => ({
        ...active,
        heard: active.heard || event.muted,
      }))
    case 'speech':
      return whileActive(before, (active) =>
        active.speaking === event.turn ? active : { ...answered(active, event.turn), speaking: event.turn },
      )
    case 'spoken':
      return whileActive(before, (active) => (active.speaking === event.turn ? silent(active) : active))
    default:
      return showing(before, shownBy(event))
  }
}

/** What only the eye has to know. */
function shownBy(
  event: Extract<VoiceEvent, { type: 'device' | 'talk' | 'panel' | 'sharing' }>,
): Partial<Conversation['shown']> {
  switch (event.type) {
    case 'device':
      return { device: event.device }
    case 'talk':
      return { talk: { mode: event.mode, held: event.held } }
    case 'panel':
      return { panelWindow: event.window }
    case 'sharing':
      return { sharing: event.sharing }
  }
}

function started(
  before: Conversation,
  { fresh, temporary = false }: Extract<VoiceEvent, { type: 'started' }>,
): Conversation {
  const { shown } = fresh ? emptied(before) : before
  if (!fresh) return { ...before, activity: STARTING, shown: { ...shown, muted: false } }
  return { ...NO_CONVERSATION, activity: STARTING, shown: { ...shown, temporary } }
}

function emptied({ shown }: Conversation): Conversation {
  return { ...NO_CONVERSATION, shown: { ...NOTHING_SHOWN, panelWindow: shown.panelWindow } }
}

function showing(conversation: Conversation, change: Partial<Conversation['shown']>): Conversation {
  const { shown } = conversation
  const fields = Object.keys(change) as (keyof Conversation['shown'])[]
  if (fields.every((field) => shown[field] === change[field])) return conversation
  return { ...conversation, shown: { ...shown, ...change } }
}

/** @returns what every extension page may show */
export function voiceStateOf({ activity, shown }: Conversation): VoiceState {
  return { status: statusOf(activity), ...shown }
}

/** Whether there is an answer that could be silenced. */
export function isAnswering({ activity }: Conversation): boolean {
  return activity.name === 'active' && (activity.speaking !== undefined || activity.thinking)
}

function statusOf(activity: Activity): VoiceStatus {
  switch (activity.name) {
    case 'idle':
      return activity.paused === undefined ? { name: 'idle' } : { name: 'idle', paused: activity.paused }
    case 'failed':
      return { name: 'error', problem: activity.problem, detail: activity.detail }
    case 'active':
      return { name: activeStatus(activity) }
  }
}

function activeStatus({ connection, brain, heard, thinking, speaking }: Active) {
  if (connection === 'reconnecting' || brain === 'reconnecting') return 'reconnecting'
  if (connection === 'connecting' || brain === 'connecting' || !heard) return 'connecting'
  if (speaking !== undefined) return 'speaking'
  return thinking ? 'thinking' : 'listening'
}

function connectionAfter(active: Active, state: RelayClientState): Pick<Active, 'connection' | 'brain'> {
  switch (state.name) {
    case 'open':
      return { connection: 'open', brain: active.brain }
    case 'reconnecting':
      return { connection: 'reconnecting', brain: 'open' }
    default:
      // The next attempt after a drop is still the reconnecting that a person saw begin.
      return { connection: active.connection === 'connecting' ? 'connecting' : 'reconnecting', brain: 'open' }
  }
}

function afterMessage(before: Conversation, message: ServerMessage): Conversation {
  const sessionId = message.type === 'session.ready' ? message.sessionId : before.sessionId
  const turns = captionsAfter(before.shown.turns, sessionId, message)
  const brain = message.type === 'session.ready' ? { brain: brainOf(message) } : {}
  const isSame = message.type !== 'session.ready' && turns === before.shown.turns
  const after = isSame ? before : { ...before, sessionId, shown: { ...before.shown, ...brain, turns } }
  // The turns of another session count from the start again.
  const isOther = sessionId !== before.sessionId
  return whileActive(after, (active) => activeAfter(isOther ? { ...active, answered: 0 } : active, message))
}

function activeAfter(active: Active, message: ServerMessage): Active {
  switch (message.type) {
    case 'session.state':
      return { ...active, brain: brainLink(message.upstream) }
    case 'transcript.final':
      return message.role === 'user' && message.turn > active.answered ? { ...active, thinking: true } : active
    case 'tool.status':
      return message.phase === 'running' ? { ...active, thinking: true } : active
    case 'turn.interrupted':
      return answered(isSpeakingUpTo(active, message.turn) ? silent(active) : active, message.turn)
    case 'turn.complete':
      return answered(active, message.turn)
    default:
      return active
  }
}

function brainOf({
  brain,
  model,
  voice,
  capabilities,
}: ServerMessageOf<'session.ready'>): VoiceState['brain'] & object {
  const { unsupported } = capabilities
  const named = Array.isArray(unsupported) ? unsupported.filter((field) => typeof field === 'string') : []
  return { kind: brain, model, voice, unsupported: named }
}

function brainLink(upstream: 'connecting' | 'live' | 'reconnecting' | 'failed'): Link {
  // `failed` ends the conversation: see `problemOf`.
  return upstream === 'live' || upstream === 'failed' ? 'open' : upstream
}

function answered(active: Active, turn: number): Active {
  return { ...active, thinking: false, answered: Math.max(active.answered, turn) }
}

function isSpeakingUpTo(active: Active, turn: number): boolean {
  return active.speaking !== undefined && active.speaking <= turn
}

function silent(active: Active): Active {
  return { ...active, speaking: undefined }
}

function whileActive(conversation: Conversation, change: (active: Active) => Active): Conversation {
  const { activity } = conversation
  if (activity.name !== 'active') return conversation
  const changed = change(activity)
  return changed === activity ? conversation : { ...conversation, activity: changed }
}

/** Which problem ends a conversation whose client stopped; undefined after an ordinary goodbye. */
export function problemOf(closed: Extract<RelayClientState, { name: 'closed' }>): VoiceProblem | undefined {
  switch (closed.code) {
    case CLOSE.bye:
      return undefined
    case CLOSE.superseded:
      return 'superseded'
    case 0:
    case CLOSE.notAuthorised:
    case CLOSE.quota:
    case CLOSE.rate:
      return 'relay-refused'
    default:
      return 'internal'
  }
}

/**
 * Whether a conversation is over with this state of its client, and why: `bye` after an ordinary goodbye.
 *
 * @param sessionId empty while no session has begun
 */
export function endOf(
  state: RelayClientState,
  sessionId: string,
): 'bye' | { readonly problem: VoiceProblem; readonly detail: string } | undefined {
  if (state.name === 'closed') {
    const problem = problemOf(state)
    return problem === undefined ? 'bye' : { problem, detail: state.reason }
  }
  if (state.name !== 'reconnecting') return undefined
  if (state.code === CLOSE.brainUnavailable) return { problem: 'brain-unavailable', detail: state.reason }
  // A conversation that never began is not waited for: somebody has to start the relay.
  if (sessionId === '') return { problem: 'relay-unreachable', detail: state.reason }
  return undefined
}
