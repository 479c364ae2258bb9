import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeServerMessage } from '../../shared/protocol/codec.ts'
import { decodeMediaFrame } from '../../shared/protocol/media-frame.ts'
import {
  createOutbox,
  ENGINE_SHARE_BYTES,
  HIGH_WATER_BYTES,
  LOW_WATER_BYTES,
  SLOW_READER_BYTES,
  SLOW_READER_MS,
  type Outbox,
} from './outbox.ts'
import { type Peer } from './transport.ts'

/** An engine whose network takes as much as the test lets it. */
class NarrowPeer implements Peer {
  readonly remoteAddress = '127.0.0.1'
  /** What left the machine, in order: message types, or `turn:seq` of speech. */
  readonly arrived: string[] = []
  closed: { code: number; reason: string } | undefined
  readonly #queue: { name: string; bytes: number }[] = []

  sendText(text: string): void {
    const decoded = decodeServerMessage(text)
    this.#queue.push({ name: decoded.ok ? nameOf(decoded.message) : 'garbage', bytes: Buffer.byteLength(text) })
  }

  sendBinary(bytes: Uint8Array): void {
    const frame = decodeMediaFrame(bytes)
    const name = typeof frame !== 'string' && frame.kind === 'speech' ? `${frame.turn}:${frame.seq}` : 'garbage'
    this.#queue.push({ name, bytes: bytes.byteLength })
  }

  cork(write: () => void): void {
    write()
  }

  bufferedBytes(): number {
    return this.#queue.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason }
  }

  /** The network takes what the engine holds. */
  take(): void {
    for (const { name } of this.#queue.splice(0)) this.arrived.push(name)
  }
}

function nameOf(message: { type: string; t?: number }): string {
  return message.type === 'pong' ? `pong ${message.t}` : message.type
}

interface Stage {
  readonly peer: NarrowPeer
  readonly outbox: Outbox
  readonly calls: string[]
}

function stage(): Stage {
  const peer = new NarrowPeer()
  const calls: string[] = []
  const outbox = createOutbox(peer, { onPause: () => calls.push('pause'), onResume: () => calls.push('resume') })
  return { peer, outbox, calls }
}

/** Lets everything out, however many rounds it takes. */
function drain({ peer, outbox }: Stage): void {
  while (outbox.queuedBytes() > 0) {
    peer.take()
    outbox.drained()
  }
}

const CHUNK = new Uint8Array(16_000)
const pong = (t: number) => ({ type: 'pong', t, at: 0 }) as const

describe('outbox', () => {
  it('sends messages and speech at once while the line takes them', () => {
    const { peer, outbox, calls } = stage()
    outbox.sendMessage({ type: 'turn.start', turn: 1 })
    expect(outbox.sendSpeech(1, 0, 0, CHUNK)).toBe(true)
    peer.take()
    expect(peer.arrived).toEqual(['turn.start', '1:0'])
    expect(calls).toEqual([])
  })

  it('copies the speech before it returns', () => {
    const peer = new NarrowPeer()
    const sent: Uint8Array[] = []
    peer.sendBinary = (bytes) => void sent.push(bytes)
    const outbox = createOutbox(peer, { onPause: () => undefined, onResume: () => undefined })
    const pcm = new Uint8Array([1, 2])
    outbox.sendSpeech(65_537, 7, 40, pcm)
    pcm.fill(9)
    expect(decodeMediaFrame(sent[0]!)).toMatchObject({ kind: 'speech', turn: 1, seq: 7, timeMs: 40 })
    expect([...sent[0]!.subarray(12)]).toEqual([1, 2])
  })

  it('drops the speech of an interrupted turn, waiting or late, and nothing else', () => {
    const all = stage()
    const { peer, outbox } = all
    for (let seq = 0; seq < 20; seq++) outbox.sendSpeech(1, seq, 0, CHUNK)
    outbox.sendMessage({ type: 'transcript.delta', turn: 1, role: 'assistant', text: 'x' })
    outbox.interrupted(1)
    outbox.sendMessage({ type: 'turn.interrupted', turn: 1 })
    expect(outbox.sendSpeech(1, 20, 0, CHUNK)).toBe(false)
    expect(outbox.sendSpeech(2, 21, 0, CHUNK)).toBe(true)
    drain(all)
    const speech = peer.arrived.filter((name) => name.startsWith('1:'))
    expect(speech.length * CHUNK.byteLength).toBeLessThan(ENGINE_SHARE_BYTES + CHUNK.byteLength)
    expect(peer.arrived.slice(speech.length)).toEqual(['transcript.delta', 'turn.interrupted', '2:21'])
  })

  it('pauses the brain above the high water and lets it go on at the low one', () => {
    const all = stage()
    const { peer, outbox, calls } = all
    for (let seq = 0; outbox.queuedBytes() + CHUNK.byteLength + 12 <= HIGH_WATER_BYTES; seq++)
      outbox.sendSpeech(1, seq, 0, CHUNK)
    expect(calls).toEqual([])
    outbox.sendSpeech(1, 99, 0, CHUNK)
    outbox.sendSpeech(1, 100, 0, CHUNK)
    expect(calls).toEqual(['pause'])
    while (outbox.queuedBytes() > LOW_WATER_BYTES) {
      expect(calls).toEqual(['pause'])
      peer.take()
      outbox.drained()
    }
    expect(calls).toEqual(['pause', 'resume'])
    drain(all)
    expect(calls).toEqual(['pause', 'resume'])
  })

  it('lets the brain go on as soon as an interruption has emptied the queue', () => {
    const { outbox, calls } = stage()
    for (let seq = 0; outbox.queuedBytes() <= HIGH_WATER_BYTES; seq++) outbox.sendSpeech(1, seq, 0, CHUNK)
    outbox.interrupted(1)
    expect(calls).toEqual(['pause', 'resume'])
  })

  it('keeps every message, in order, among any speech and interruptions', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('message' as const) }),
      fc.record({ kind: fc.constant('speech' as const), bytes: fc.integer({ min: 0, max: 30_000 }).map((n) => n * 2) }),
      fc.record({ kind: fc.constant('next turn' as const) }),
      fc.record({ kind: fc.constant('interrupt' as const) }),
      fc.record({ kind: fc.constant('take' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const all = stage()
        const { peer, outbox, calls } = all
        const messages: string[] = []
        let turn = 1
        let seq = 0
        let interrupted = 0
        for (const { kind, ...rest } of steps) {
          if (kind === 'message') {
            messages.push(`pong ${messages.length}`)
            outbox.sendMessage(pong(messages.length - 1))
          } else if (kind === 'speech') {
            const queued = outbox.sendSpeech(turn, seq++, 0, new Uint8Array((rest as { bytes: number }).bytes))
            expect(queued).toBe(turn > interrupted)
          } else if (kind === 'next turn') turn++
          else if (kind === 'interrupt') outbox.interrupted((interrupted = turn))
          else {
            peer.take()
            outbox.drained()
          }
        }
        drain(all)
        expect(peer.arrived.filter((name) => name.startsWith('pong'))).toEqual(messages)
        const speech = peer.arrived.filter((name) => name.includes(':')).map((name) => Number(name.split(':')[1]))
        expect(speech).toEqual([...speech].sort((a, b) => a - b))
        expect(calls).toEqual(calls.map((_, index) => (index % 2 === 0 ? 'pause' : 'resume')))
        expect(calls.length % 2).toBe(0)
        outbox.dispose()
      }),
    )
  })

  describe('with a reader that does not read', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    function fill({ outbox }: Stage): void {
      for (let seq = 0; outbox.queuedBytes() <= SLOW_READER_BYTES; seq++) outbox.sendSpeech(1, seq, 0, CHUNK)
    }

    it('gives up with 4001 after five seconds above a mebibyte', () => {
      const all = stage()
      fill(all)
      vi.advanceTimersByTime(SLOW_READER_MS - 1)
      expect(all.peer.closed).toBeUndefined()
      vi.advanceTimersByTime(1)
      expect(all.peer.closed?.code).toBe(4001)
    })

    it('does not when it has caught up in between', () => {
      const all = stage()
      fill(all)
      vi.advanceTimersByTime(SLOW_READER_MS - 1)
      all.peer.take()
      all.outbox.drained()
      vi.advanceTimersByTime(1)
      fill(all)
      vi.advanceTimersByTime(SLOW_READER_MS - 1)
      expect(all.peer.closed).toBeUndefined()
      all.outbox.dispose()
    })

    it('leaves nothing behind when the peer has closed', () => {
      const all = stage()
      fill(all)
      all.outbox.dispose()
      expect(vi.getTimerCount()).toBe(0)
      all.peer.take()
      all.outbox.sendMessage(pong(1))
      expect(all.outbox.sendSpeech(2, 0, 0, CHUNK)).toBe(false)
      all.outbox.drained()
      expect(all.outbox.queuedBytes()).toBe(0)
    })
  })
})
