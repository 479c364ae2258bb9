import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SocketEvents } from '../../shared/client/socket-port.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { decodeMediaFrame, encodeMediaFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type VoiceStart } from '../messaging/messages.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type Background } from './background.ts'
import { type MicrophoneListener } from './microphone-use.ts'
import { type MicrophoneOpening } from './microphone.ts'
import { VoiceSession } from './voice-session.ts'

const START: VoiceStart = {
  setup: {},
  keepTalking: false,
  talk: { mode: 'open', idlePauseMs: 0, sounds: false },
  microphone: { deviceId: '', echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  speaker: { deviceId: '', volume: 1, captionsOnly: false },
  sight: { width: 1024, quality: 0.7, pace: 'changes' },
  extensionVersion: '0.1.0',
  page: { title: 'Beavers', url: 'https://example.org/' },
  panelWindow: 1,
}
const READY: ServerMessage = {
  type: 'session.ready',
  sessionId: 's1',
  resumeToken: 't',
  resumed: false,
  seq: 0,
  user: { id: 'local', name: 'me' },
  brain: 'local',
  model: 'm',
  voice: 'v',
  expiresAt: '',
  capabilities: {},
  limits: {},
}

/** A session with a microphone, a relay and a panel in the test's hands; the relay client and all between are real. */
function openSession(change: Partial<Background> = {}, microphone: Partial<{ opening: MicrophoneOpening }> = {}) {
  const sent: ClientMessage[] = []
  const frames: number[] = []
  const toPanel: VoiceChannelMessage[] = []
  const track = { muted: false, closed: false }
  let listener: MicrophoneListener | undefined
  let socket: SocketEvents | undefined
  let sockets = 0
  let plugIn = () => undefined as unknown

  const session = new VoiceSession({
    background: {
      getTicket: () => Promise.resolve({ ticket: 'abc', url: 'ws://127.0.0.1/v1/live' }),
      captureTab: () => Promise.resolve({ ok: false, code: 'tab-not-in-front', message: '' }),
      checkTab: () => Promise.resolve({ ok: false, code: 'tab-not-in-front', message: '' }),
      runTool: ({ name }) => Promise.resolve({ ok: true, value: { ran: name } }),
      showStatus: () => Promise.resolve(),
      ...change,
    },
    microphone: {
      open: (_constraints, given, signal) => {
        listener = given
        track.closed = false
        signal.addEventListener('abort', () => {
          track.closed = true
          given.onFlow(false)
        })
        const open = { setMuted: (muted: boolean) => (track.muted = muted), change: () => undefined }
        return Promise.resolve(microphone.opening ?? { ok: true, microphone: open })
      },
      whenBack: () => new Promise((resolve) => (plugIn = resolve)),
    },
    encoder: { encode: () => Promise.reject(new Error('no pictures here')) },
    openSocket: (_url, _protocols, events) => {
      socket = events
      sockets++
      queueMicrotask(() => events.onOpen())
      return {
        bufferedAmount: 0,
        send: (data) => {
          if (typeof data === 'string') sent.push(JSON.parse(data) as ClientMessage)
          else frames.push(decodeMediaFrame(data) === 'short_header' ? -1 : data.byteLength)
        },
        close: () => undefined,
      }
    },
    openSpeaker: () => {
      throw new Error('the panel plays')
    },
    post: (message) => toPanel.push(message),
    onState: () => undefined,
  })

  return {
    session,
    sent,
    frames,
    toPanel,
    track,
    sockets: () => sockets,
    status: () => session.state.status,
    say: (message: ServerMessage) => socket?.onText(JSON.stringify(message)),
    speak: (turn: number, timeMs: number) => {
      const frame = { kind: 'speech', seq: 1, turn, timeMs, payload: new Uint8Array(1920) } as const
      socket?.onBinary(encodeMediaFrame(frame).buffer)
    },
    drop: (code: number) => socket?.onClose(code, ''),
    hear: (count = 1) => {
      for (let frame = 0; frame < count; frame++) {
        listener?.onFlow(true)
        listener?.onFrame({ pcm: new Uint8Array(1024), capturedAtMs: frame * 32, level: 0.1 })
      }
    },
    loseMicrophone: () => listener?.onLost({ problem: 'microphone-lost', detail: 'gone' }),
    plugIn: () => plugIn(),
    ofType: (type: ClientMessage['type']) => sent.filter((message) => message.type === type),
  }
}

/** A conversation that listens, with the panel open. */
async function openConversation(change: Partial<Background> = {}, start: VoiceStart = START) {
  const line = openSession(change)
  line.session.panelOpened(1, true)
  line.session.start(start)
  await vi.advanceTimersByTimeAsync(0)
  line.say(READY)
  line.hear()
  expect(line.status().name).toBe('listening')
  return line
}

describe('VoiceSession', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sends the microphone from its first frame on, also what was said while it connected', async () => {
    const line = openSession()
    line.session.start(START)
    expect(line.status().name).toBe('connecting')
    line.hear(3)
    await vi.advanceTimersByTimeAsync(0)
    expect(line.frames).toEqual([])
    line.say(READY)
    line.hear()
    expect(line.frames).toEqual([1036, 1036, 1036, 1036])
    expect(line.status().name).toBe('listening')
  })

  it('tells the relay what is true: microphone, sharing and the page in front', async () => {
    const { session, ofType } = await openConversation()
    expect(ofType('context.update').at(-1)).toMatchObject({
      page: { title: 'Beavers', url: 'https://example.org/' },
      sensors: { mic: true, tab: false },
    })
    session.setPage(undefined)
    expect(ofType('context.update').at(-1)).not.toHaveProperty('page')
    session.share({ source: 'tab' })
    expect(ofType('context.update').at(-1)).toMatchObject({ sensors: { tab: true } })
    session.setMuted(true)
    const told = ofType('context.update').length
    session.setPage(undefined)
    expect(ofType('context.update')).toHaveLength(told)
  })

  it('hands speech to the panel and tells the relay how far it was heard', async () => {
    const { session, say, speak, toPanel, ofType, status } = await openConversation()
    say({ type: 'turn.start', turn: 1 })
    speak(1, 0)
    speak(1, 40)
    say({ type: 'turn.complete', turn: 1, timings: {} })
    expect(toPanel.filter((message) => message.type.startsWith('speech')).map((message) => message.type)).toEqual([
      'speech',
      'speech',
      'speech-end',
    ])
    expect(status().name).toBe('speaking')
    session.panelPlayed({ turn: 1, playedMs: 80.4, ended: true })
    expect(ofType('playback.position')).toEqual([{ type: 'playback.position', turn: 1, playedMs: 80 }])
    expect(status().name).toBe('listening')
  })

  it('silences the panel when the relay was interrupted, and answers with the position', async () => {
    const { session, say, speak, toPanel, ofType, status } = await openConversation()
    say({ type: 'turn.start', turn: 1 })
    speak(1, 0)
    say({ type: 'turn.interrupted', turn: 1 })
    expect(toPanel.at(-1)).toEqual({ type: 'interrupted', turn: 1 })
    expect(status().name).toBe('listening')
    session.panelPlayed({ turn: 1, playedMs: 12, ended: true })
    expect(ofType('playback.position')).toEqual([{ type: 'playback.position', turn: 1, playedMs: 12 }])
    expect(ofType('turn.interrupt')).toEqual([])
  })

  it('tells the relay of a stop once, whichever comes first: the command or the silence it made', async () => {
    const command = await openConversation()
    command.say({ type: 'turn.start', turn: 1 })
    command.speak(1, 0)
    command.session.stopSpeech()
    command.session.panelPlayed({ turn: 1, playedMs: 9, ended: true })
    command.say({ type: 'turn.interrupted', turn: 1 })
    expect(command.ofType('turn.interrupt')).toEqual([{ type: 'turn.interrupt', turn: 1, playedMs: 9 }])

    const silence = await openConversation()
    silence.say({ type: 'turn.start', turn: 1 })
    silence.speak(1, 0)
    silence.session.panelPlayed({ turn: 1, playedMs: 9, ended: true })
    silence.speak(1, 40)
    expect(silence.ofType('turn.interrupt')).toEqual([{ type: 'turn.interrupt', turn: 1, playedMs: 9 }])
    expect(silence.toPanel.filter((message) => message.type === 'speech')).toHaveLength(1)
  })

  it('mutes: no frame, the relay is told, and the sign goes out', async () => {
    const { session, track, ofType } = await openConversation()
    session.setMuted(true)
    expect(track.muted).toBe(true)
    expect(ofType('audio.end')).toHaveLength(1)
    expect(session.state.muted).toBe(true)
  })

  it('pauses when the panel closes, and goes on in the same session', async () => {
    const { session, track, ofType, status, sockets, hear } = await openConversation()
    session.panelClosed(1)
    expect([track.closed, status().name, session.state.microphoneOpen]).toEqual([true, 'idle', false])
    expect(ofType('audio.end')).toHaveLength(1)
    session.start(START)
    expect(status().name).toBe('connecting')
    await vi.advanceTimersByTimeAsync(0)
    hear()
    expect([status().name, sockets(), ofType('session.start').length]).toEqual(['listening', 1, 1])
  })

  it('goes on listening with the panel closed when the person wants that', async () => {
    const { session, track, status } = await openConversation({}, { ...START, keepTalking: true })
    session.panelClosed(1)
    expect([track.closed, status().name]).toEqual([false, 'listening'])
  })

  it('runs a tool of the browser and answers the call', async () => {
    const { say, ofType } = await openConversation()
    say({ type: 'tool.call', callId: 'c1', name: 'read_page', args: {}, timeoutMs: 1000 })
    await vi.advanceTimersByTimeAsync(0)
    expect(ofType('tool.result')).toEqual([{ type: 'tool.result', callId: 'c1', output: { ran: 'read_page' } }])
  })

  it('comes back after a drop, and says so meanwhile', async () => {
    const { drop, say, status, sockets, hear } = await openConversation()
    drop(1006)
    expect(status().name).toBe('reconnecting')
    await vi.advanceTimersByTimeAsync(5000)
    expect(sockets()).toBe(2)
    say({ ...READY, resumed: true })
    hear()
    expect(status().name).toBe('listening')
  })

  it.each([
    ['a relay that is not there', new TicketRefused('No relay answers.', true), 'relay-unreachable'],
    ['a relay that refuses', new TicketRefused('Pair again.', false), 'relay-refused'],
  ])('ends at the start with %s: sentence, microphone closed', async (_what, refusal, problem) => {
    const line = openSession({ getTicket: () => Promise.reject(refusal) })
    line.session.start(START)
    await vi.advanceTimersByTimeAsync(0)
    expect(line.status()).toEqual({ name: 'error', problem, detail: refusal.message })
    expect(line.track.closed).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(line.sockets()).toBe(0)
  })

  it.each([
    [4509, 'superseded'],
    [4501, 'relay-refused'],
    [4003, 'brain-unavailable'],
    [4500, 'internal'],
  ])('ends with close code %i: %s', async (code, problem) => {
    const { drop, status, track } = await openConversation()
    drop(code)
    expect(status()).toMatchObject({ name: 'error', problem })
    expect(track.closed).toBe(true)
  })

  it('ends when the brain failed for good', async () => {
    const { say, status, ofType } = await openConversation()
    say({ type: 'session.state', upstream: 'failed', reason: 'No key.' })
    expect(status()).toEqual({ name: 'error', problem: 'brain-unavailable', detail: 'No key.' })
    expect(ofType('session.end')).toHaveLength(1)
  })

  it('has no conversation without a microphone', async () => {
    const line = openSession({}, { opening: { ok: false, problem: 'microphone-denied', detail: 'NotAllowedError' } })
    line.session.start(START)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(line.status()).toMatchObject({ name: 'error', problem: 'microphone-denied' })
    expect(() => line.session.sendText('Hello')).toThrow('no conversation')
  })

  it('keeps the conversation when the microphone is lost, and takes the next one', async () => {
    const { session, loseMicrophone, status, sockets, hear } = await openConversation()
    loseMicrophone()
    expect(status()).toMatchObject({ name: 'error', problem: 'microphone-lost' })
    session.start(START)
    await vi.advanceTimersByTimeAsync(0)
    hear()
    expect([status().name, sockets()]).toEqual(['listening', 1])
  })

  it('goes on by itself when a microphone is back soon', async () => {
    const { loseMicrophone, plugIn, status, sockets, hear } = await openConversation()
    loseMicrophone()
    plugIn()
    await vi.advanceTimersByTimeAsync(0)
    hear()
    expect([status().name, sockets()]).toEqual(['listening', 1])
  })

  it('takes the problem back, and listens to nobody, when the microphone comes late', async () => {
    const { loseMicrophone, plugIn, status, track } = await openConversation()
    loseMicrophone()
    await vi.advanceTimersByTimeAsync(90_000)
    plugIn()
    await vi.advanceTimersByTimeAsync(0)
    expect([status(), track.closed]).toEqual([{ name: 'idle' }, true])
  })

  it('pauses when nobody said anything for long, and not while an answer is heard', async () => {
    const talk = { ...START.talk, idlePauseMs: 2000 }
    const { session, say, speak, status, track, hear } = await openConversation({}, { ...START, talk })
    await vi.advanceTimersByTimeAsync(1500)
    say({ type: 'turn.start', turn: 1 })
    speak(1, 0)
    await vi.advanceTimersByTimeAsync(5000)
    expect(status().name).toBe('speaking')
    say({ type: 'turn.complete', turn: 1, timings: {} })
    session.panelPlayed({ turn: 1, playedMs: 40, ended: true })
    await vi.advanceTimersByTimeAsync(4500)
    expect([status(), track.closed]).toEqual([{ name: 'idle', paused: 'quiet' }, true])
    session.start({ ...START, talk })
    await vi.advanceTimersByTimeAsync(0)
    hear()
    expect(status().name).toBe('listening')
  })

  it('belongs to one of two panels: the other one may close without ending anything', async () => {
    const { session, status, track } = await openConversation()
    session.panelOpened(2, true)
    expect(session.state.panelWindow).toBe(2)
    session.panelClosed(1)
    expect([status().name, track.closed]).toEqual(['listening', false])
    session.panelOpened(1, false)
    expect(session.state.panelWindow).toBe(2)
    session.panelClosed(2)
    expect([status(), session.state.panelWindow]).toEqual([{ name: 'idle', paused: 'panel-closed' }, 1])
  })

  it('tells the relay what settings changed, and everybody when they count', async () => {
    const { session, say, toPanel, ofType } = await openConversation({}, { ...START, setup: { voice: 'Kore' } })
    session.applySettings({ ...START, setup: { voice: 'Puck', temporary: true } })
    expect(ofType('session.update')).toEqual([{ type: 'session.update', setup: { voice: 'Puck' } }])
    say({ type: 'session.updated', applied: [], deferred: ['voice'], refused: [] })
    const taken = { type: 'settings-taken', applied: [], deferred: ['voice'], refused: [] }
    expect(toPanel.at(-1)).toEqual({ ...taken, later: ['temporary'] })
    session.applySettings({ ...START, setup: { temporary: true } })
    expect(toPanel.at(-1)).toEqual({ ...taken, deferred: [], later: ['voice'] })
    session.applySettings({ ...START, setup: { temporary: true } })
    expect(ofType('session.update')).toHaveLength(1)
  })

  it('says goodbye when it is stopped, and hears nothing afterwards', async () => {
    const { session, track, ofType, status, hear, frames } = await openConversation()
    session.stop()
    const count = frames.length
    hear(5)
    expect([track.closed, status().name, ofType('session.end').length, frames.length]).toEqual([true, 'idle', 1, count])
  })

  it('takes typed text, and refuses what would end the conversation', async () => {
    const { session, ofType } = await openConversation()
    session.sendText('What time is it?')
    expect(ofType('text.send')).toMatchObject([{ text: 'What time is it?' }])
    expect(() => session.sendText('x'.repeat(8001))).toThrow('8000')
  })
})
