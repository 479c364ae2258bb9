import * as v from 'valibot'
import { effectSchema } from './tool-declaration.ts'

const id = v.pipe(v.string(), v.minLength(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const role = v.picklist(['user', 'assistant'])

const entry = {
  /** Position in the conversation's journal, grows by one per stored entry. */
  seq: count,
  turn: count,
  role,
  text: v.string(),
  interrupted: v.optional(v.boolean()),
  /** ISO 8601 time. */
  at: v.string(),
}

/** Milliseconds since the user's speech ended (docs/protocol.md §4). */
const timings = v.object({
  speechEnd: v.optional(v.number()),
  inputFinal: v.optional(v.number()),
  firstAudioUpstream: v.optional(v.number()),
  firstAudioSent: v.optional(v.number()),
  tools: v.optional(
    v.array(v.object({ callId: id, name: v.string(), toolStart: v.number(), toolEnd: v.optional(v.number()) })),
  ),
})

const usage = v.object({
  promptTokens: v.optional(v.number()),
  responseTokens: v.optional(v.number()),
  totalTokens: v.optional(v.number()),
})

/** What came of the client's microphone and pictures: numbers of frames, and the newest of each kind. */
const received = v.object({
  audioFrames: count,
  audioSeq: v.optional(count),
  images: count,
  imageSeq: v.optional(count),
})

const sessionReady = v.object({
  type: v.literal('session.ready'),
  sessionId: id,
  resumeToken: v.string(),
  resumed: v.boolean(),
  seq: count,
  audioSeq: v.optional(count),
  user: v.object({ id, name: v.string() }),
  brain: v.picklist(['gemini', 'local']),
  model: v.string(),
  voice: v.string(),
  expiresAt: v.string(),
  capabilities: v.record(v.string(), v.unknown()),
  limits: v.record(v.string(), v.number()),
  history: v.optional(v.array(v.object(entry))),
})

/** Every text frame the relay may send (docs/protocol.md §2.2). */
export const serverMessageSchema = v.variant('type', [
  sessionReady,
  v.object({
    type: v.literal('session.updated'),
    applied: v.array(v.string()),
    deferred: v.array(v.string()),
    refused: v.array(v.object({ field: v.string(), reason: v.string() })),
  }),
  v.object({
    type: v.literal('session.state'),
    upstream: v.picklist(['connecting', 'live', 'reconnecting', 'failed']),
    reason: v.optional(v.string()),
    code: v.optional(v.number()),
  }),
  v.object({ type: v.literal('turn.start'), turn: count }),
  v.object({ type: v.literal('turn.interrupted'), turn: count }),
  v.object({
    type: v.literal('turn.complete'),
    turn: count,
    timings,
    usage: v.optional(usage),
    /** Finds the turn in the operator's traces, where there are any. */
    traceId: v.optional(v.string()),
    /** On this socket so far; absent when the turn ended while no client was there. */
    received: v.optional(received),
  }),
  v.object({
    type: v.literal('transcript.delta'),
    turn: count,
    role,
    text: v.string(),
    audioMs: v.optional(v.number()),
  }),
  v.object({ type: v.literal('transcript.final'), ...entry, id: v.optional(id) }),
  v.object({
    type: v.literal('tool.call'),
    callId: id,
    name: v.string(),
    args: v.record(v.string(), v.unknown()),
    timeoutMs: v.number(),
  }),
  v.object({
    type: v.literal('tool.confirm'),
    callId: id,
    name: v.string(),
    args: v.record(v.string(), v.unknown()),
    effect: effectSchema,
    reason: v.string(),
  }),
  v.object({
    type: v.literal('tool.status'),
    callId: id,
    name: v.string(),
    where: v.picklist(['relay', 'browser', 'model']),
    phase: v.picklist(['asking', 'running', 'done', 'failed', 'cancelled']),
    ms: v.optional(v.number()),
    summary: v.optional(v.string()),
    artifact: v.optional(v.looseObject({ kind: v.picklist(['table', 'chart', 'links', 'text']) })),
  }),
  v.object({ type: v.literal('tool.cancel'), callId: id }),
  v.object({ type: v.literal('audio.ack'), seq: count }),
  v.object({ type: v.literal('session.moved'), reason: v.literal('drain'), reconnectInMs: v.number() }),
  v.object({
    type: v.literal('error'),
    code: v.string(),
    message: v.string(),
    retryable: v.boolean(),
    fatal: v.boolean(),
  }),
  v.object({ type: v.literal('pong'), t: v.number(), at: v.number() }),
])

export type ServerMessage = Readonly<v.InferOutput<typeof serverMessageSchema>>
export type ServerMessageOf<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>
export type TurnTimings = Readonly<v.InferOutput<typeof timings>>
export type Received = Readonly<v.InferOutput<typeof received>>
export type TurnUsage = Readonly<v.InferOutput<typeof usage>>
