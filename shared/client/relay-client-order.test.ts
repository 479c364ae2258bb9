import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { scriptedClient, type ScriptedClient } from './scripted-client.ts'

const FRAME = new Uint8Array(1024)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What may happen to a client at any time. */
const EVENTS: Record<string, (h: ScriptedClient) => void> = {
  open: ({ socket }) => socket().open(),
  accept: ({ socket }) => socket().accept(),
  resume: ({ socket }) => socket().accept({ resumed: true, audioSeq: 2 }),
  text: ({ client }) => void client.send({ type: 'text.send', id: 'a', text: 'hello' }),
  audio: ({ client }) => client.sendAudio(FRAME, 0),
  pause: ({ client }) => void client.send({ type: 'audio.end' }),
  garbage: ({ socket }) => socket().sayText('{'),
  speech: ({ socket }) => socket().sayFrame({ kind: 'speech', seq: 1, timeMs: 0, turn: 1, payload: FRAME }),
  interrupted: ({ socket }) => socket().say({ type: 'turn.interrupted', turn: 1 }),
  ack: ({ socket }) => socket().say({ type: 'audio.ack', seq: 3 }),
  moved: ({ socket }) => socket().say({ type: 'session.moved', reason: 'drain', reconnectInMs: 1e12 }),
  final: ({ socket }) => socket().sayFinal(1, 'a'),
}

const event = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(EVENTS)) },
  { weight: 2, arbitrary: fc.constantFrom(1001, 1006, 1011, 1012, 4000, 4002, 4003) },
  { weight: 4, arbitrary: fc.record({ pass: fc.nat(12_000) }) },
)

describe('in any order of events', () => {
  it('a client never throws, has one live socket at most, keeps trying, and ends without a timer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        vi.clearAllTimers()
        const h = scriptedClient()
        h.client.start()
        await vi.advanceTimersByTimeAsync(0)
        for (const happening of events) {
          if (typeof happening === 'object') await vi.advanceTimersByTimeAsync(happening.pass)
          else if (typeof happening === 'number') h.socket().drop(happening)
          else EVENTS[happening]?.(h)
          expect(h.sockets.filter(({ closedWith }) => closedWith === undefined).length).toBeLessThanOrEqual(1)
        }
        expect(h.client.state.name).not.toBe('closed')
        if (h.client.state.name === 'reconnecting') {
          await vi.advanceTimersByTimeAsync(30_000)
          h.socket().accept()
          expect(h.client.state.name).toBe('open')
        }
        h.client.end()
        expect(vi.getTimerCount()).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
