import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { type ServerMessage } from '../wire/server-message.ts'
import { FaultKit, readFaultPlan, type FaultPlan } from './fault-plan.ts'
import { type FaultyLine } from './faulty-line.ts'

const SETUP = { setup: { model: 'models/m' } }
const READY: ServerMessage = { setupComplete: { sessionId: 's' } }
const SOUND: ServerMessage = {
  serverContent: {
    modelTurn: { role: 'model', parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AAABAAIAAwA=' } }] },
  },
}
const HEARD: ServerMessage = { serverContent: { inputTranscription: { text: 'Hello you', finished: true } } }
const SAID: ServerMessage = { serverContent: { outputTranscription: { text: 'Hi.', finished: false } } }
const CALL: ServerMessage = { toolCall: { functionCalls: [{ id: 'c1', name: 'look', args: {} }] } }
const GENERATED: ServerMessage = { serverContent: { generationComplete: true } }
const COMPLETE: ServerMessage = { serverContent: { turnComplete: true } }
const INTERRUPTED: ServerMessage = { serverContent: { interrupted: true } }

/** An empty part has no data on the wire. */
interface SoundOnWire {
  readonly serverContent: { readonly modelTurn: { readonly parts: readonly { inlineData: { data?: string } }[] } }
}

function plans(...names: readonly string[]): FaultPlan[] {
  return names.map((name) => {
    const plan = readFaultPlan(name)
    if (typeof plan === 'string') throw new Error(plan)
    return plan
  })
}

function lineOf(kit: FaultKit): FaultyLine {
  const line = kit.line()
  if (line === undefined) throw new Error('a kit without faults')
  return line
}

/** A line whose socket only writes down what was done to it. */
function opened(line: FaultyLine) {
  const log: unknown[] = []
  line.open({
    write: (frame) => log.push(typeof frame === 'string' ? readable(frame) : `${frame.length} bytes`),
    close: (code, reason) => log.push(['close', code, reason]),
    cut: () => log.push('cut'),
    stopReading: () => log.push('stop reading'),
  })
  return {
    log,
    say: (...messages: ServerMessage[]) => messages.forEach((message) => line.send(message)),
    hear: (frame: unknown) => line.receive(JSON.stringify(frame)),
    line,
  }
}

/** One connection that the fault hits. */
function hit(...names: readonly string[]) {
  return opened(lineOf(new FaultKit(plans(...names))))
}

/** Messages by what they hold: `interrupted`, `sound`, … */
function readable(frame: string): unknown {
  if (!/^\{.*\}$/.test(frame) || frame.includes('"serverContent":7')) return frame
  const message = JSON.parse(frame) as ServerMessage
  const { serverContent: content, ...rest } = message
  return [
    ...Object.keys(rest),
    ...Object.entries(content ?? {}).map(([name, value]) => {
      if (name === 'modelTurn') return 'sound'
      return name.endsWith('Transcription') ? (value as { text: string }).text : name
    }),
  ].join('+')
}

describe('a line', () => {
  it('strikes at the moment of the fault, once a connection', () => {
    const { log, say } = hit('internal-error')
    say(READY, SAID, SOUND, SOUND)
    expect(log).toEqual(['setupComplete', 'Hi.', 'sound', ['close', 1011, 'Internal error encountered.'], 'sound'])
  })

  it.each([
    ['setup', SETUP],
    ['typed', { realtimeInput: { text: 'hi' } }],
    ['typed', { realtime_input: { text: 'hi' } }],
    ['userSpeech', { realtimeInput: { activityStart: {} } }],
    [
      'userSpeech',
      { realtimeInput: { audio: { data: Buffer.from(new Int16Array([0, -5_000]).buffer).toString('base64') } } },
    ],
    ['toolResponse', { toolResponse: { functionResponses: [] } }],
    ['resume', { setup: { sessionResumption: { handle: 'h' } } }],
  ])('knows when the client makes the moment %s', (moment, frame) => {
    const { log, hear } = hit(`drop-answer@${moment}`)
    hear({ realtimeInput: { audio: { data: Buffer.alloc(64).toString('base64') } } })
    hear({ setup: { sessionResumption: {} } })
    if (moment !== 'setup') expect(log).toEqual([])
    hear(frame)
    expect(log).toEqual(['cut'])
  })

  it.each([
    ['ready', READY],
    ['heard', HEARD],
    ['answer', SOUND],
    ['answerEnd', GENERATED],
    ['turnEnd', COMPLETE],
    ['interrupted', INTERRUPTED],
    ['toolCall', CALL],
  ])('knows when the server makes the moment %s', (moment, message) => {
    const { log, say } = hit(`drop-answer@${moment}`)
    say(SAID)
    expect(log).toEqual(['Hi.'])
    say(message)
    expect(log.at(-1)).toBe('cut')
  })

  it('happens on as many connections as the plan says', () => {
    const kit = new FaultKit(plans('drop-idle:2'))
    const logs = [1, 2, 3].map(() => {
      const { log, say } = opened(lineOf(kit))
      say(READY)
      return log.includes('cut')
    })
    expect(logs).toEqual([true, true, false])
  })

  it('waits as long as the plan says, and no longer than the connection lives', () => {
    vi.useFakeTimers()
    try {
      const { log, say } = hit('drop-idle+500')
      const gone = hit('drop-idle+500')
      say(READY)
      gone.say(READY)
      gone.line.end()
      vi.advanceTimersByTime(499)
      expect(log).not.toContain('cut')
      vi.advanceTimersByTime(1)
      expect(log).toContain('cut')
      expect(gone.log).not.toContain('cut')
    } finally {
      vi.useRealTimers()
    }
  })

  it('answers the upgrade itself', () => {
    const line = lineOf(new FaultKit(plans('upgrade-503')))
    const socket = new PassThrough()
    expect(line.refuses(socket)).toBe(true)
    expect(String(socket.read())).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(lineOf(new FaultKit(plans('drop-idle'))).refuses(socket)).toBe(false)
  })

  it('refuses a handle whose connection is open, and takes it afterwards', () => {
    const kit = new FaultKit(plans('handle-in-use:every'))
    const first = opened(lineOf(kit))
    first.say({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } })
    const resume = { setup: { sessionResumption: { handle: 'h' } } }
    const early = opened(lineOf(kit))
    early.hear(resume)
    expect(early.log).toEqual([['close', 1011, 'Internal error encountered.']])
    first.line.end()
    const late = opened(lineOf(kit))
    late.hear(resume)
    expect(late.log).toEqual([])
  })
})

describe('what a fault makes of a turn', () => {
  const turn = [HEARD, SAID, SOUND, SOUND, GENERATED, COMPLETE]
  const whole = ['Hello you', 'Hi.', 'sound', 'sound', 'generationComplete', 'turnComplete']

  it.each<[string, readonly unknown[]]>([
    ['silent', ['Hello you', 'Hi.', 'sound']],
    ['phantom-interrupted', ['Hello you', 'interrupted', 'turnComplete']],
    ['voiceless', ['Hello you', 'turnComplete']],
    ['interrupted-only', ['Hello you', 'Hi.', 'sound', 'interrupted']],
    ['premature-turn-complete', ['Hello you', 'Hi.', 'sound', 'generationComplete+turnComplete']],
    ['missing-turn-complete', whole.slice(0, -1)],
    ['missing-turn-end', whole.slice(0, -2)],
    ['double-turn-complete', [...whole, 'turnComplete']],
    ['duplicate-transcript', ['Hello you', ...whole]],
    ['split-transcript', ['Hel', 'lo ', 'you', 'Hi.', ...whole.slice(2)]],
    ['late-transcript', ['Hi.', 'sound', 'Hello you', ...whole.slice(3)]],
    ['no-transcript', whole.slice(1)],
    ['bundled', ['Hello you+Hi.+sound', 'sound+generationComplete+turnComplete']],
    ['explicit-defaults', whole.map((name) => expect.stringContaining(name) as unknown)],
    ['go-away-only', [...whole.slice(0, 3), 'goAway', ...whole.slice(3)]],
    [
      'bad-json',
      [...whole.slice(0, 3), '{"serverContent":', '[]', 'null', '7', '""', '{"serverContent":7}', ...whole.slice(3)],
    ],
    ['garbage', [...whole.slice(0, 3), '2000 bytes', '3 bytes', '0 bytes', ...whole.slice(3)]],
  ])('%s', (name, expected) => {
    const { log, say } = hit(name)
    say(...turn)
    expect(log).toEqual(expected)
  })

  it('late-audio goes on after the interruption', () => {
    const { log, say } = hit('late-audio')
    say(SOUND, INTERRUPTED, COMPLETE)
    expect(log).toEqual(['sound', 'interrupted', 'sound', 'sound', 'sound', 'turnComplete'])
  })

  it('spoils the first turn only, where the first is meant', () => {
    const { log, say } = hit('premature-turn-complete')
    say(...turn)
    log.length = 0
    say(...turn)
    expect(log).toEqual(whole)
  })

  it('odd-pcm and uneven-chunks keep every sample', () => {
    const soundOf = (name: string) => {
      const parts: string[] = []
      const line = lineOf(new FaultKit(plans(name)))
      const unused = () => undefined
      line.open({
        write: (frame) => {
          const { serverContent } = JSON.parse(String(frame)) as SoundOnWire
          parts.push(...serverContent.modelTurn.parts.map(({ inlineData }) => inlineData.data ?? ''))
        },
        ...{ close: unused, cut: unused, stopReading: unused },
      })
      line.send(SOUND)
      return Buffer.concat(parts.map((data) => Buffer.from(data, 'base64')))
    }
    expect([...soundOf('odd-pcm')]).toEqual([0, 0, 1, 0, 2, 0, 3, 0, 0])
    expect([...soundOf('uneven-chunks')]).toEqual([0, 0, 1, 0, 2, 0, 3, 0])
  })
})

describe('what a fault makes of tool calls', () => {
  const answer = (id: string) => ({ toolResponse: { functionResponses: [{ id, name: 'look', response: {} }] } })

  it('leaves out ids, and finds them again by name', () => {
    const { hear, say } = hit('tool-call-without-id')
    say(CALL)
    expect(hear(answer('look'))).toContain('"id":"c1"')
  })

  it('asks for many, and takes the answers to those that never were to itself', () => {
    const { hear, say } = hit('many-tool-calls')
    say(CALL)
    expect(hear(answer('more-1'))).toBeUndefined()
    expect(hear(answer('c1'))).toContain('"id":"c1"')
    expect(hear({ realtimeInput: { text: 'hi' } })).toContain('hi')
  })

  it('calls what nobody declared, and keeps the answer to itself', () => {
    const { hear, log, say } = hit('unknown-tool')
    say(SOUND, SOUND)
    expect(log).toEqual(['toolCall', 'sound', 'sound'])
    expect(hear(answer('never-declared'))).toBeUndefined()
  })

  it.each<[string, readonly unknown[]]>([
    ['duplicate-tool-call', ['toolCall', 'toolCall', 'sound', 'turnComplete']],
    ['tool-call-mid-speech', ['sound', 'toolCall', 'sound', 'sound', 'turnComplete']],
    ['late-cancellation', ['toolCall', 'toolCallCancellation', 'sound', 'turnComplete']],
    ['no-speech-after-tool', ['toolCall']],
    ['entity-not-found', ['toolCall', ['close', 1008, 'Requested entity was not found.'], 'sound', 'turnComplete']],
  ])('%s', (name, expected) => {
    const { log, hear, say } = hit(name)
    say(CALL)
    hear(answer('c1'))
    say(SOUND, COMPLETE)
    expect(log).toEqual(expected)
  })

  it('what the client says that is no message is passed on for the session to judge', () => {
    expect(hit('silent').line.receive('{"a":')).toBe('{"a":')
  })

  it('stuck reads nothing any more', () => {
    const { line, log, say } = hit('stuck')
    say(READY)
    expect([log, line.reads]).toEqual([['setupComplete', 'stop reading'], false])
  })

  it('deaf lets nothing through', () => {
    const { hear, say } = hit('deaf')
    expect(hear(SETUP)).toBeDefined()
    say(READY)
    expect(hear({ realtimeInput: { text: 'hi' } })).toBeUndefined()
  })
})
