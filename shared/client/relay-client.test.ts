import { describe, expect, it, vi } from 'vitest'
import { timedClients } from '../../tests/support/timed-clients.ts'
import { CLOSE } from '../protocol/close-code.ts'
import { SCRIPTED_SETUP } from './scripted-client.ts'
import { SESSION_READY } from './scripted-socket.ts'

const FRAME = new Uint8Array(1024)

const { harness, conversation, dropAndReturn } = timedClients()

const speech = (turn: number) => ({ kind: 'speech', seq: 1, timeMs: 0, turn, payload: FRAME }) as const

describe('starting', () => {
  it('goes from ticket to socket to session.start to session.ready', async () => {
    const h = harness()
    h.client.start()
    h.client.start()
    expect(h.client.state).toEqual({ name: 'connecting', attempt: 1 })
    await h.pass()
    expect(h.sockets).toHaveLength(1)
    expect(h.socket()).toMatchObject({ url: 'ws://relay/v1/live', protocols: ['aside.v1', 'ticket.t1'] })

    h.socket().open()
    expect(h.socket().received).toEqual([
      { type: 'session.start', client: { name: 'test', version: '1' }, setup: SCRIPTED_SETUP },
    ])
    expect(h.client.state.name).toBe('connecting')

    h.socket().say(SESSION_READY)
    expect(h.client.state).toEqual({ name: 'open' })
    expect(h.messages).toEqual([SESSION_READY])
  })

  it('sends nothing before the session is open', async () => {
    const h = harness()
    expect(h.client.send({ type: 'tool.cancel', callId: 'c' })).toBe(false)
    h.client.start()
    await h.pass()
    h.socket().open()
    expect(h.client.send({ type: 'tool.cancel', callId: 'c' })).toBe(false)
    expect(h.client.sendImage(Uint8Array.of(0xff, 0xd8, 0xff), 'tab', 0)).toBe(false)
    h.client.sendAudio(FRAME, 0)
    expect(h.socket().received).toHaveLength(1)
  })

  it('tries again when the relay never says that the session is ready', async () => {
    const h = harness()
    h.client.start()
    await h.pass()
    h.socket().open()
    await h.pass(15_000)
    expect(h.socket().closedWith?.code).toBe(CLOSE.heartbeatLost)
    expect(h.client.state).toMatchObject({ name: 'reconnecting', code: CLOSE.heartbeatLost })
  })
})

describe('typed turns', () => {
  const text = { type: 'text.send', id: 'a', text: 'What time is it?' } as const

  it('are kept until a session opens', async () => {
    const h = harness()
    expect(h.client.send(text)).toBe(true)
    h.client.start()
    await h.pass()
    h.socket().accept()
    expect(h.socket().messages('text.send')).toEqual([text])
  })

  it('are sent again on every new socket until the final with their id came', async () => {
    const h = await conversation()
    h.client.send(text)
    h.client.send({ ...text, id: 'b' })
    h.socket().sayFinal(1, 'b')
    await dropAndReturn(h)
    expect(h.socket().messages('text.send')).toEqual([text])
    h.socket().sayFinal(2, 'a')
    await dropAndReturn(h)
    expect(h.socket().messages('text.send')).toEqual([])
  })

  it('are refused when very many wait', () => {
    const h = harness()
    const accepted = Array.from({ length: 40 }, (_, index) => h.client.send({ ...text, id: `t${index}` }))
    expect(accepted.filter(Boolean)).toHaveLength(32)
    expect(h.client.send({ ...text, id: 't0' })).toBe(true)
  })
})

describe('what is true now', () => {
  it('is told to every new session: settings and the newest context', async () => {
    const h = await conversation()
    const context = (mic: boolean) =>
      ({ type: 'context.update', sensors: { mic, tab: false, camera: false, screen: false } }) as const
    h.client.send(context(true))
    h.client.send({ type: 'session.update', setup: { brevity: 'short' } })
    h.socket().drop(CLOSE.abnormal)
    expect(h.client.send(context(false))).toBe(true)
    await h.pass(300)
    h.socket().accept()
    expect(h.socket().messages('session.start')[0]?.setup).toEqual({ ...SCRIPTED_SETUP, brevity: 'short' })
    expect(h.socket().messages('context.update')).toEqual([context(false)])
    expect(h.socket().messages('session.update')).toEqual([])
  })
})

describe('speech', () => {
  it('is heard but for turns at or below the newest that was interrupted', async () => {
    const h = await conversation()
    h.socket().sayFrame(speech(1))
    h.socket().say({ type: 'turn.interrupted', turn: 2 })
    h.socket().say({ type: 'turn.interrupted', turn: 1 })
    for (const turn of [1, 2, 3]) h.socket().sayFrame(speech(turn))
    expect(h.turnsHeard).toEqual([1, 3])
  })

  it('falls silent as soon as the user presses stop', async () => {
    const h = await conversation()
    h.client.send({ type: 'turn.interrupt', turn: 5, playedMs: 100 })
    h.socket().sayFrame(speech(5))
    h.socket().sayFrame(speech(6))
    expect(h.turnsHeard).toEqual([6])
    expect(h.socket().messages('turn.interrupt')).toHaveLength(1)
  })

  it('is compared serially, as turns travel modulo 65 536', async () => {
    const h = await conversation()
    h.socket().say({ type: 'turn.interrupted', turn: 65_535 })
    h.socket().sayFrame(speech(65_535))
    h.socket().sayFrame(speech(65_536))
    expect(h.turnsHeard).toEqual([0])
  })

  it('of a new session is heard although an old one was interrupted later', async () => {
    const h = await conversation()
    h.socket().say({ type: 'turn.interrupted', turn: 9 })
    await dropAndReturn(h, { sessionId: 'session-2' })
    h.socket().sayFrame(speech(1))
    expect(h.turnsHeard).toEqual([1])
  })

  it('of the same session stays silent where it was interrupted', async () => {
    const h = await conversation()
    h.socket().say({ type: 'turn.interrupted', turn: 9 })
    await dropAndReturn(h, { resumed: true })
    h.socket().sayFrame(speech(9))
    expect(h.turnsHeard).toEqual([])
  })
})

describe('bad frames from the relay', () => {
  it('are faults, and the conversation goes on', async () => {
    const h = await conversation()
    h.socket().sayText('{"type":"turn.start"}')
    h.socket().sayText('not JSON')
    h.socket().say(SESSION_READY)
    h.socket().sayBytes(Uint8Array.of(129, 0))
    h.socket().sayFrame({ kind: 'microphone', seq: 1, timeMs: 0, replayed: false, payload: FRAME })
    expect(h.faults).toEqual([
      expect.stringMatching(/^turn: /),
      'message: not JSON',
      'session.ready: came twice',
      'binary frame: short_header',
      'binary frame: microphone does not come from a relay',
    ])
    h.socket().say({ type: 'turn.start', turn: 1 })
    expect(h.messages.map(({ type }) => type)).toEqual(['session.ready', 'turn.start'])
  })
})

describe('the end', () => {
  it('says goodbye, once', async () => {
    const h = await conversation()
    h.client.end()
    h.client.end()
    expect(h.socket().messages('session.end')).toHaveLength(1)
    expect(h.socket().closedWith?.code).toBe(CLOSE.bye)
    expect(h.states.at(-1)).toMatchObject({ name: 'closed', code: 1000 })
    expect(h.states.filter(({ name }) => name === 'closed')).toHaveLength(1)
  })

  it.each(['idle', 'connecting', 'opening', 'open', 'reconnecting'])(
    'comes from %s too and leaves nothing',
    async (when) => {
      const h = harness()
      if (when !== 'idle') h.client.start()
      if (['opening', 'open', 'reconnecting'].includes(when)) await h.pass()
      if (['open', 'reconnecting'].includes(when)) h.socket().accept()
      if (when === 'reconnecting') h.socket().drop(CLOSE.abnormal)
      const opened = h.sockets.length
      h.client.end()
      expect(vi.getTimerCount()).toBe(0)
      await h.pass(60_000)
      expect(h.sockets).toHaveLength(opened)
      expect(h.client.state).toMatchObject({ name: 'closed', code: 1000 })
      h.client.start()
      h.client.sendAudio(FRAME, 0)
      expect(h.client.send({ type: 'text.send', id: 'x', text: 'too late' })).toBe(false)
      expect(h.client.state.name).toBe('closed')
    },
  )

  it('may be called by whoever hears an event, and nothing comes after it', async () => {
    const h = harness()
    h.client.events.on('state', ({ name }) => {
      if (name === 'open') h.client.end()
    })
    h.client.start()
    await h.pass()
    h.socket().accept()
    expect(h.messages).toEqual([])
    expect(h.states.at(-1)?.name).toBe('closed')
  })
})
