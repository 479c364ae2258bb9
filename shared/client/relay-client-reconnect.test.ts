import { describe, expect, it, vi } from 'vitest'
import { timedClients } from '../../tests/support/timed-clients.ts'
import { CLOSE } from '../protocol/close-code.ts'
import { TicketRefused } from './ticket-refused.ts'

const FRAME = new Uint8Array(1024)

const { harness, conversation, dropAndReturn } = timedClients()

describe('tickets that are refused', () => {
  it('for good end the conversation with the reason', async () => {
    const h = harness(() => Promise.reject(new TicketRefused('Pair this device again.', false)))
    h.client.start()
    await h.pass(60_000)
    expect(h.client.state).toEqual({ name: 'closed', code: 0, reason: 'Pair this device again.' })
    expect(h.sockets).toHaveLength(0)
  })

  it('for now are asked for again, with longer and longer waits', async () => {
    let asked = 0
    const h = harness(() => {
      asked++
      return Promise.reject(new TicketRefused('No relay answers.', true))
    })
    h.client.start()
    await h.pass(60_000)
    const waits = h.states.flatMap((state) => (state.name === 'reconnecting' ? [state.delayMs] : []))
    expect(waits.slice(0, 8)).toEqual([150, 300, 600, 1200, 2400, 4800, 5000, 5000])
    expect(h.states).toContainEqual({ name: 'reconnecting', delayMs: 150, code: 0, reason: 'No relay answers.' })
    expect(asked).toBe(waits.length)
  })

  it('are not asked for before the relay allows it', async () => {
    let asked = 0
    const h = harness(() => {
      asked++
      return Promise.reject(new TicketRefused('Too many.', true, 7000))
    })
    h.client.start()
    await h.pass(6999)
    expect(asked).toBe(1)
    await h.pass(1)
    expect(asked).toBe(2)
  })

  it('in any other way count as refused for now', async () => {
    const h = harness(() => Promise.reject(new Error('The worker was stopped.')))
    h.client.start()
    await h.pass()
    expect(h.client.state).toMatchObject({ name: 'reconnecting', code: 0, reason: 'The worker was stopped.' })
  })

  it('after the end are of no interest', async () => {
    let signal: AbortSignal | undefined
    let refuse = (_error: Error) => {}
    const h = harness((ticketSignal) => {
      signal = ticketSignal
      return new Promise((_resolve, reject) => (refuse = reject))
    })
    h.client.start()
    h.client.end()
    expect(signal?.aborted).toBe(true)
    refuse(new TicketRefused('late', true))
    await h.pass()
    expect(vi.getTimerCount()).toBe(0)
    expect(h.states.map(({ name }) => name)).toEqual(['connecting', 'closed'])
  })
})

describe('a lost connection', () => {
  it('is tried again at once, with a new ticket, and asks for its session', async () => {
    const h = await conversation()
    h.socket().sayFinal(4)
    h.socket().drop(CLOSE.abnormal)
    expect(h.client.state).toEqual({
      name: 'reconnecting',
      delayMs: 150,
      code: 1006,
      reason: 'The connection to the relay was lost.',
    })
    await h.pass(150)
    h.socket().open()
    expect(h.sockets[1]?.protocols[1]).toBe('ticket.t2')
    expect(h.socket().messages('session.start')[0]?.resume).toEqual({
      sessionId: 'session-1',
      resumeToken: 'token-1',
      lastSeq: 4,
      epoch: 0,
    })
  })

  it('asks for a ticket to its session, once it has one', async () => {
    const asked: (string | undefined)[] = []
    const h = harness((_signal, resume) => {
      asked.push(resume)
      return Promise.resolve({ ticket: 't', url: 'ws://relay/v1/live' })
    })
    h.client.start()
    await h.pass()
    h.socket().accept()
    await dropAndReturn(h)
    expect(asked).toEqual([undefined, 'session-1'])
  })

  it('comes back with the newest token, and from where the new session stands', async () => {
    const h = await conversation()
    h.socket().sayFinal(40)
    await dropAndReturn(h, { sessionId: 'session-2', resumeToken: 'token-2', seq: 3 })
    h.socket().drop(CLOSE.abnormal)
    await h.pass(10_000)
    h.socket().open()
    expect(h.socket().messages('session.start')[0]?.resume).toMatchObject({
      sessionId: 'session-2',
      resumeToken: 'token-2',
      lastSeq: 3,
    })
  })

  it.each([1001, 1005, 1006, 1011, 4000, 4001, 4002])('comes back after close code %i', async (code) => {
    const h = await conversation()
    h.socket().drop(code)
    await h.pass(300)
    expect(h.sockets).toHaveLength(2)
  })

  it.each([1000, 1009, 4500, 4501, 4503, 4505, 4508, 4509])('is the end with close code %i', async (code) => {
    const h = await conversation()
    h.socket().drop(code, 'because')
    await h.pass(60_000)
    expect(h.sockets).toHaveLength(1)
    expect(h.client.state).toEqual({ name: 'closed', code, reason: 'because' })
  })

  it('waits at least a second for a brain that is unavailable', async () => {
    const h = await conversation()
    h.socket().drop(CLOSE.brainUnavailable)
    expect(h.client.state).toMatchObject({ delayMs: 1000 })
  })

  it('comes back exactly when a draining relay said', async () => {
    const h = await conversation()
    h.socket().say({ type: 'session.moved', reason: 'drain', reconnectInMs: 4321 })
    h.socket().drop(CLOSE.draining)
    expect(h.client.state).toMatchObject({ name: 'reconnecting', delayMs: 4321 })
    await h.pass(4320)
    expect(h.sockets).toHaveLength(1)
    await h.pass(1)
    expect(h.sockets).toHaveLength(2)
  })

  it('backs off from a relay that accepts and drops at once', async () => {
    const h = await conversation()
    for (let round = 0; round < 5; round++) {
      h.socket().drop(CLOSE.internal)
      await h.pass(10_000)
      h.socket().accept()
    }
    const waits = h.states.flatMap((state) => (state.name === 'reconnecting' ? [state.delayMs] : []))
    expect(waits).toEqual([150, 300, 600, 1200, 2400])
  })

  it('is tried at once again after a healthy while', async () => {
    const h = await conversation()
    for (let round = 0; round < 3; round++) {
      await h.pass(9000)
      h.socket().say({ type: 'pong', t: 0, at: 0 })
      await h.pass(9000)
      h.socket().drop(CLOSE.abnormal)
      expect(h.client.state).toMatchObject({ delayMs: 150 })
      await h.pass(150)
      h.socket().accept()
    }
  })

  it('of which nobody told is found by silence: 8 s while talking', async () => {
    const h = await conversation()
    for (let frame = 0; frame < 7900 / 32; frame++) {
      h.client.sendAudio(FRAME, frame * 32)
      await h.pass(32)
    }
    expect(h.client.state.name).toBe('open')
    expect(h.socket().messages('ping').length).toBeGreaterThanOrEqual(3)
    h.client.sendAudio(FRAME, 0)
    await h.pass(1200)
    expect(h.sockets[0]?.closedWith).toEqual({ code: 4000, reason: 'The relay was silent for 8 s.' })
    expect(h.sockets).toHaveLength(2)
    // The dead socket has nothing to say any more.
    h.sockets[0]?.drop(CLOSE.bye)
    h.sockets[0]?.sayText('{}')
    expect(h.client.state.name).toBe('connecting')
    expect(h.faults).toEqual([])
  })

  it('is found by 25 s of silence when idle, and not sooner', async () => {
    const h = await conversation()
    await h.pass(24_500)
    expect(h.client.state.name).toBe('open')
    await h.pass(500)
    expect(h.client.state).toMatchObject({ name: 'reconnecting', code: CLOSE.heartbeatLost })
  })

  it('stays open as long as the relay answers pings, which nobody else sees', async () => {
    const h = await conversation()
    for (let second = 0; second < 120; second++) {
      await h.pass(1000)
      const ping = h.socket().messages('ping').at(-1)
      if (ping !== undefined) h.socket().say({ type: 'pong', t: ping.t, at: 1 })
    }
    expect(h.sockets).toHaveLength(1)
    expect(h.messages.map(({ type }) => type)).toEqual(['session.ready'])
  })
})
