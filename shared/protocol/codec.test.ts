import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClientMessage } from './client-message.ts'
import { decodeClientMessage, decodeServerMessage, encodeMessage } from './codec.ts'
import { type ServerMessage } from './server-message.ts'

const id = fc.string({ minLength: 1, maxLength: 40 })
const text = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
const count = fc.nat()
const ms = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0)
const key = fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== 'constructor' && name !== 'prototype')
const json = fc.dictionary(
  key,
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer())),
)
const optional = { requiredKeys: [] }
const callId = id
const turn = count
const name = id

const setup = fc.record(
  {
    model: text,
    voice: text,
    language: fc.constantFrom('en', 'de-AT'),
    persona: text,
    brevity: fc.constantFrom('short', 'normal', 'full'),
    turnTaking: fc.record(
      {
        mode: fc.constantFrom('auto', 'manual'),
        silenceMs: fc.integer({ min: 200, max: 4000 }),
        interruptible: fc.boolean(),
      },
      { requiredKeys: ['mode'] },
    ),
    captions: fc.record({ input: fc.boolean(), output: fc.boolean() }),
    mediaResolution: fc.constantFrom('low', 'medium', 'high'),
    temperature: fc.constantFrom(0, 0.7, 2),
    affective: fc.boolean(),
    proactive: fc.boolean(),
    temporary: fc.boolean(),
    browserTools: fc.array(
      fc.record({
        name: fc.constantFrom('read_page', 'a', 'x9_'),
        description: text,
        parameters: json,
        effect: fc.constantFrom('read', 'write', 'egress'),
        timeoutMs: fc.integer({ min: 100, max: 60_000 }),
      }),
      { maxLength: 3 },
    ),
  },
  optional,
)

const is = <Type extends string>(type: Type) => fc.constant(type)

/** One arbitrary for every type: the mapped type makes a forgotten one a compile error. */
const clientMessages = {
  'session.start': fc.record(
    {
      type: is('session.start'),
      client: fc.record({ name: id, version: id, platform: id }, { requiredKeys: ['name', 'version'] }),
      setup,
      resume: fc.record({ sessionId: id, resumeToken: id, lastSeq: count, epoch: count }),
    },
    { requiredKeys: ['type', 'client', 'setup'] },
  ),
  'session.update': fc.record({ type: is('session.update'), setup }),
  'context.update': fc.record(
    {
      type: is('context.update'),
      page: fc.record({ title: text, url: fc.webUrl(), lang: fc.constant('en') }),
      sensors: fc.record({ mic: fc.boolean(), tab: fc.boolean(), camera: fc.boolean(), screen: fc.boolean() }),
    },
    { requiredKeys: ['type', 'sensors'] },
  ),
  'text.send': fc.record({ type: is('text.send'), id, text }),
  'activity.start': fc.record({ type: is('activity.start') }),
  'activity.end': fc.record({ type: is('activity.end') }),
  'audio.end': fc.record({ type: is('audio.end') }),
  'turn.interrupt': fc.record({ type: is('turn.interrupt'), turn, playedMs: ms }),
  'playback.position': fc.record({ type: is('playback.position'), turn, playedMs: ms }),
  'tool.result': fc.oneof(
    fc.record({ type: is('tool.result'), callId, output: json }),
    fc.record({ type: is('tool.result'), callId, error: fc.record({ code: id, message: text }) }),
  ),
  'tool.decision': fc.record({
    type: is('tool.decision'),
    callId,
    decision: fc.constantFrom('allow', 'allow_always', 'deny'),
  }),
  'tool.cancel': fc.record({ type: is('tool.cancel'), callId }),
  ping: fc.record({ type: is('ping'), t: ms }),
  'session.end': fc.record({ type: is('session.end') }),
} as const satisfies Record<ClientMessage['type'], fc.Arbitrary<object>>

const role = fc.constantFrom('user', 'assistant')
const entry = { seq: count, turn, role, text, interrupted: fc.boolean(), at: fc.constant('2026-01-01T00:00:00.000Z') }
const entryKeys = ['seq', 'turn', 'role', 'text', 'at'] as const
const where = fc.constantFrom('relay', 'browser', 'model')

const serverMessages = {
  'session.ready': fc.record({
    type: is('session.ready'),
    sessionId: id,
    resumeToken: id,
    resumed: fc.boolean(),
    seq: count,
    audioSeq: count,
    user: fc.record({ id, name }),
    brain: fc.constantFrom('gemini', 'local'),
    model: id,
    voice: id,
    expiresAt: id,
    capabilities: json,
    limits: fc.dictionary(key, ms),
    history: fc.array(fc.record(entry, { requiredKeys: [...entryKeys] }), { maxLength: 3 }),
  }),
  'session.updated': fc.record({
    type: is('session.updated'),
    applied: fc.array(id),
    deferred: fc.array(id),
    refused: fc.array(fc.record({ field: id, reason: text })),
  }),
  'session.state': fc.record(
    {
      type: is('session.state'),
      upstream: fc.constantFrom('connecting', 'live', 'reconnecting', 'failed'),
      reason: text,
      code: count,
    },
    { requiredKeys: ['type', 'upstream'] },
  ),
  'turn.start': fc.record({ type: is('turn.start'), turn }),
  'turn.interrupted': fc.record({ type: is('turn.interrupted'), turn }),
  'turn.complete': fc.record({
    type: is('turn.complete'),
    turn,
    timings: fc.record(
      {
        speechEnd: ms,
        inputFinal: ms,
        firstAudioUpstream: ms,
        firstAudioSent: ms,
        tools: fc.array(fc.record({ callId, name, toolStart: ms, toolEnd: ms })),
      },
      optional,
    ),
    usage: fc.record({ promptTokens: count, responseTokens: count, totalTokens: count }, optional),
  }),
  'transcript.delta': fc.record({ type: is('transcript.delta'), turn, role, text, audioMs: ms }),
  'transcript.final': fc.record(
    { type: is('transcript.final'), ...entry, id },
    { requiredKeys: ['type', ...entryKeys] },
  ),
  'tool.call': fc.record({ type: is('tool.call'), callId, name, args: json, timeoutMs: ms }),
  'tool.confirm': fc.record({
    type: is('tool.confirm'),
    callId,
    name,
    args: json,
    effect: fc.constantFrom('read', 'write', 'egress'),
    reason: text,
  }),
  'tool.status': fc.record(
    {
      type: is('tool.status'),
      callId,
      name,
      where,
      phase: fc.constantFrom('asking', 'running', 'done', 'failed', 'cancelled'),
      ms,
      summary: text,
      artifact: fc.record({ kind: fc.constantFrom('table', 'chart', 'links', 'text'), more: json }),
    },
    { requiredKeys: ['type', 'callId', 'name', 'where', 'phase'] },
  ),
  'tool.cancel': fc.record({ type: is('tool.cancel'), callId }),
  'audio.ack': fc.record({ type: is('audio.ack'), seq: count }),
  'session.moved': fc.record({ type: is('session.moved'), reason: is('drain'), reconnectInMs: ms }),
  error: fc.record({ type: is('error'), code: id, message: text, retryable: fc.boolean(), fatal: fc.boolean() }),
  pong: fc.record({ type: is('pong'), t: ms, at: ms }),
} as const satisfies Record<ServerMessage['type'], fc.Arbitrary<object>>

describe('the text codec', () => {
  it.each(Object.entries(clientMessages))('gives back %s of a client', (_type, arbitrary: fc.Arbitrary<object>) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        expect(decodeClientMessage(encodeMessage(message as ClientMessage))).toEqual({
          ok: true,
          message: plain(message),
        })
      }),
    )
  })

  it.each(Object.entries(serverMessages))('gives back %s of a relay', (_type, arbitrary: fc.Arbitrary<object>) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        expect(decodeServerMessage(encodeMessage(message as ServerMessage))).toEqual({
          ok: true,
          message: plain(message),
        })
      }),
    )
  })

  it('never throws, whatever the text', () => {
    const anyMessage = fc.oneof(...Object.values(clientMessages), ...Object.values(serverMessages))
    const broken = fc
      .tuple(anyMessage, fc.nat(), fc.string({ maxLength: 3 }))
      .map(([message, at, junk]) => spliced(JSON.stringify(message), at, junk))
    const likely = fc.record({ type: fc.constantFrom(...Object.keys(clientMessages), ...Object.keys(serverMessages)) })
    const misshapen = fc.tuple(likely, fc.object()).map(([known, rest]) => JSON.stringify({ ...rest, ...known }))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), broken, misshapen), (frame) => {
        for (const decoded of [decodeClientMessage(frame), decodeServerMessage(frame)]) {
          if (!decoded.ok) expect(decoded.fault).toMatch(/^.+: ./s)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses deep nesting before it walks it, in linear time', () => {
    const bomb = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)
    for (const frame of [bomb('[', ']', 100_000), bomb('{"a":', '}', 100_000), '['.repeat(120_000)]) {
      expect(decodeClientMessage(frame)).toEqual({ ok: false, fault: 'message: nested deeper than 16' })
    }
  })

  it('counts brackets of the structure only, up to a depth of 16', () => {
    const result = (output: string) => `{"type":"tool.result","callId":"c","output":${output}}`
    const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(decodeClientMessage(result(nested(15))).ok).toBe(true)
    expect(decodeClientMessage(result(nested(16))).ok).toBe(false)
    expect(decodeClientMessage(result(JSON.stringify({ text: '[{\\"'.repeat(50) }))).ok).toBe(true)
  })

  it.each([
    ['not JSON', '{'],
    ['no object', '"session.end"'],
    ['an unknown type', '{"type":"session.explode"}'],
    ['another half’s type', '{"type":"session.ready"}'],
    ['a missing field', '{"type":"text.send","id":"1"}'],
    ['an empty text', '{"type":"text.send","id":"1","text":""}'],
    ['a text above 8 000 characters', JSON.stringify({ type: 'text.send', id: '1', text: 'x'.repeat(8001) })],
    ['a turn that is no whole number', '{"type":"turn.interrupt","turn":1.5,"playedMs":0}'],
    ['an unknown setting', '{"type":"session.update","setup":{"apiKey":"x"}}'],
    [
      'a tool result with output and error',
      '{"type":"tool.result","callId":"c","output":{},"error":{"code":"a","message":"b"}}',
    ],
    ['a tool result with neither', '{"type":"tool.result","callId":"c"}'],
    [
      'a tool with a strange name',
      JSON.stringify({ type: 'session.update', setup: { browserTools: [{ name: 'Rm -rf' }] } }),
    ],
  ])('refuses %s', (_what, frame) => {
    expect(decodeClientMessage(frame).ok).toBe(false)
  })

  it('names the field that is wrong', () => {
    const decoded = decodeClientMessage(
      '{"type":"session.update","setup":{"turnTaking":{"mode":"auto","silenceMs":1}}}',
    )
    expect(decoded).toMatchObject({
      ok: false,
      fault: expect.stringContaining('setup.turnTaking.silenceMs: ') as string,
    })
  })

  it('reads fields of a later version by leaving them out', () => {
    expect(decodeServerMessage('{"type":"turn.start","turn":1,"mood":"good"}')).toEqual({
      ok: true,
      message: { type: 'turn.start', turn: 1 },
    })
  })
})

/** What the wire can carry: plain objects. */
function plain(message: object): unknown {
  return JSON.parse(JSON.stringify(message))
}

function spliced(frame: string, at: number, junk: string): string {
  const index = at % (frame.length + 1)
  return frame.slice(0, index) + junk + frame.slice(index + 1)
}
