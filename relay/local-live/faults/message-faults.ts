import { randomBytes } from 'node:crypto'
import { isRecord } from '../wire/json-names.ts'
import { encodeServerMessage, type ServerContent, type ServerMessage } from '../wire/server-message.ts'
import { type Fault, type Frame, type Rewriting } from './fault.ts'

/** More than any client takes: 8 MiB and what is around it. */
const HUGE_BYTES = 9 * 1024 * 1024

/** Messages that are malformed, bundled, strange or too large */
export const MESSAGE_FAULTS: readonly Fault[] = [
  {
    kind: 'strike',
    name: 'bad-json',
    at: 'answer',
    source: 'any network',
    does: 'sends texts that are no JSON, or JSON that is no message',
    strike: (wire) => wire.send('{"serverContent":', '[]', 'null', '7', '""', '{"serverContent":7}'),
  },
  {
    kind: 'strike',
    name: 'bad-json-in-setup',
    at: 'setup',
    source: 'any network',
    does: 'sends a text that is no JSON before setupComplete',
    strike: (wire) => wire.send('not json'),
  },
  {
    kind: 'strike',
    name: 'garbage',
    at: 'answer',
    source: 'any network',
    does: 'sends bytes that mean nothing',
    strike: (wire) => wire.send(randomBytes(2_000), Buffer.from([0, 255, 254]), Buffer.alloc(0)),
  },
  {
    kind: 'strike',
    name: 'odd-parts',
    at: 'answer',
    source: 'Live API documentation',
    does: 'sends parts that hold nothing, thoughts, pictures or null',
    strike: (wire) => wire.send(...ODD_PARTS.map((part) => json({ serverContent: { modelTurn: { parts: [part] } } }))),
  },
  {
    kind: 'strike',
    name: 'huge-message',
    at: 'answer',
    source: 'any network',
    does: 'sends a message of 9 MiB',
    strike: (wire) => wire.send(json({ serverContent: { padding: 'x'.repeat(HUGE_BYTES) } })),
  },
  {
    kind: 'rewrite',
    name: 'unknown-fields',
    source: 'any HTTP service',
    does: 'adds fields and messages that nobody knows',
    rewrite: () => ({
      toClient: (message) => [json({ newThing: { of: 'tomorrow' } }), json(withUnknownFields(message))],
    }),
  },
  {
    kind: 'rewrite',
    name: 'explicit-defaults',
    source: 'live-api-web-console',
    does: 'writes out what is false or empty',
    rewrite: () => ({ toClient: (message) => [withDefaults(message)] }),
  },
  {
    kind: 'rewrite',
    name: 'bundled',
    source: 'pipecat-ai/pipecat#4147',
    does: 'puts words, sound, the turn’s end and its usage into one message wherever it can',
    rewrite: bundled,
  },
  {
    kind: 'rewrite',
    name: 'odd-pcm',
    source: 'any network',
    does: 'sends sound with half a sample too many',
    rewrite: () => ({ toClient: (message) => [mapSound(message, (pcm) => [Buffer.concat([pcm, Buffer.alloc(1)])])] }),
  },
  {
    kind: 'rewrite',
    name: 'uneven-chunks',
    source: 'google-gemini/cookbook#1255',
    does: 'cuts sound into pieces of a sample, of some and of many, in one message',
    rewrite: () => ({
      toClient: (message) => [
        mapSound(message, (pcm) => [pcm.subarray(0, 2), pcm.subarray(2, 200), Buffer.alloc(0), pcm.subarray(200)]),
      ],
    }),
  },
  {
    kind: 'rewrite',
    name: 'not-resumable',
    source: 'Live API documentation',
    does: 'never has a handle to resume with',
    rewrite: () => ({
      toClient: (message) =>
        message.sessionResumptionUpdate === undefined ? [message] : ['{"sessionResumptionUpdate":{}}'],
    }),
  },
  {
    kind: 'rewrite',
    name: 'no-handles',
    source: 'google/adk-python#4996',
    does: 'says nothing about resumption at all',
    rewrite: () => ({ toClient: (message) => (message.sessionResumptionUpdate === undefined ? [message] : []) }),
  },
]

const ODD_PARTS: readonly unknown[] = [
  null,
  {},
  { text: 'a thought', thought: true },
  { inlineData: {} },
  { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
  { inlineData: { mimeType: 'audio/pcm;rate=24000', data: '' } },
]

function json(value: unknown): string {
  return JSON.stringify(value)
}

function withUnknownFields(message: ServerMessage): Readonly<Record<string, unknown>> {
  const known = JSON.parse(encodeServerMessage(message)) as Record<string, unknown>
  const content = known['serverContent']
  const grown = isRecord(content) ? { serverContent: { ...content, mood: 'good', turnCompleteReason: 'NEWS' } } : {}
  return { ...known, ...grown, trace: { id: 1 } }
}

/** What proto3's JSON would leave out is there. */
function withDefaults(message: ServerMessage): Frame {
  const known = JSON.parse(encodeServerMessage(message)) as Record<string, unknown>
  const content = known['serverContent']
  if (!isRecord(content)) return json(known)
  const defaults = { interrupted: false, generationComplete: false, turnComplete: false, waitingForInput: false }
  return json({ ...known, serverContent: { ...defaults, ...content } })
}

/** Holds a message back as long as the next one fits into it. */
function bundled(): Rewriting {
  let held: ServerMessage | undefined
  return {
    toClient: (message) => {
      const together = held === undefined ? message : merged(held, message)
      const before = together === undefined && held !== undefined ? [held] : []
      const last = together ?? message
      const waits = last.serverContent !== undefined && !last.serverContent.turnComplete
      held = waits ? last : undefined
      return waits ? before : [...before, last]
    },
  }
}

/** @returns undefined when both say the same thing in other words */
function merged(a: ServerMessage, b: ServerMessage): ServerMessage | undefined {
  const content: ServerContent = { ...a.serverContent, ...b.serverContent }
  const count = (message: ServerMessage) => Object.keys(message.serverContent ?? {}).length
  const clash = b.serverContent === undefined || Object.keys(content).length < count(a) + count(b)
  return clash ? undefined : { ...a, ...b, serverContent: content }
}

function mapSound(message: ServerMessage, change: (pcm: Buffer) => readonly Buffer[]): ServerMessage {
  const { serverContent: content } = message
  if (content?.modelTurn === undefined) return message
  const parts = content.modelTurn.parts.flatMap(({ inlineData: { mimeType, data } }) =>
    change(Buffer.from(data, 'base64')).map((pcm) => ({ inlineData: { mimeType, data: pcm.toString('base64') } })),
  )
  return { ...message, serverContent: { ...content, modelTurn: { role: 'model', parts } } }
}
