import * as v from 'valibot'
import { sessionSetupSchema } from './session-setup.ts'

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0))

const sessionStart = v.object({
  type: v.literal('session.start'),
  client: v.object({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    version: v.pipe(v.string(), v.maxLength(50)),
    platform: v.optional(v.pipe(v.string(), v.maxLength(100))),
  }),
  setup: sessionSetupSchema,
  resume: v.optional(
    v.object({ sessionId: id, resumeToken: v.pipe(v.string(), v.maxLength(512)), lastSeq: count, epoch: count }),
  ),
})

const contextUpdate = v.object({
  type: v.literal('context.update'),
  page: v.optional(
    v.object({
      title: v.pipe(v.string(), v.maxLength(1000)),
      url: v.pipe(v.string(), v.maxLength(4000)),
      lang: v.pipe(v.string(), v.maxLength(35)),
    }),
  ),
  sensors: v.object({ mic: v.boolean(), tab: v.boolean(), camera: v.boolean(), screen: v.boolean() }),
})

const toolResult = v.pipe(
  v.object({
    type: v.literal('tool.result'),
    callId: id,
    output: v.optional(v.record(v.string(), v.unknown())),
    error: v.optional(
      v.object({ code: v.pipe(v.string(), v.maxLength(100)), message: v.pipe(v.string(), v.maxLength(2000)) }),
    ),
  }),
  v.check(
    (message) => (message.output === undefined) !== (message.error === undefined),
    'exactly one of output and error',
  ),
)

/** Every text frame a client may send (docs/protocol.md §2.1). */
export const clientMessageSchema = v.variant('type', [
  sessionStart,
  v.object({ type: v.literal('session.update'), setup: sessionSetupSchema }),
  contextUpdate,
  v.object({ type: v.literal('text.send'), id, text: v.pipe(v.string(), v.minLength(1), v.maxLength(8000)) }),
  v.object({ type: v.literal('activity.start') }),
  v.object({ type: v.literal('activity.end') }),
  v.object({ type: v.literal('audio.end') }),
  v.object({ type: v.literal('turn.interrupt'), turn: count, playedMs: milliseconds }),
  v.object({ type: v.literal('playback.position'), turn: count, playedMs: milliseconds }),
  toolResult,
  v.object({ type: v.literal('tool.decision'), callId: id, decision: v.picklist(['allow', 'allow_always', 'deny']) }),
  v.object({ type: v.literal('tool.cancel'), callId: id }),
  v.object({ type: v.literal('ping'), t: v.pipe(v.number(), v.finite()) }),
  v.object({ type: v.literal('session.end') }),
])

export type ClientMessage = Readonly<v.InferOutput<typeof clientMessageSchema>>
export type ClientMessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>
