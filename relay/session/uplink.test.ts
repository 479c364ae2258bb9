import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LiveConnection } from '../live/live-model.ts'
import { Uplink } from './uplink.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const FRAME_MS = 32

function frame(value: number): Uint8Array {
  return new Uint8Array(1024).fill(value)
}

/** A brain that writes down what it is given. `buffered` is what it has not read, bytes. */
function recordingBrain() {
  const given: string[] = []
  const state = { buffered: 0 }
  const connection: LiveConnection = {
    sendAudio: (pcm) => given.push(`audio ${pcm[0]}`),
    sendImage: () => given.push('image'),
    sendText: (text) => given.push(`text ${text}`),
    activityStart: () => given.push('start'),
    activityEnd: () => given.push('end'),
    audioEnd: () => given.push('pause'),
    interrupt: () => given.push('interrupt'),
    sendToolResult: () => given.push('tool'),
    bufferedBytes: () => state.buffered,
    setPaused: () => undefined,
    close: () => undefined,
  }
  return { connection, given, state }
}

function stage() {
  const handed: number[] = []
  const lost: number[] = []
  const uplink = new Uplink({ onHanded: (seq) => handed.push(seq), onLost: (lostMs) => lost.push(lostMs) })
  return { uplink, handed, lost, ...recordingBrain() }
}

describe('the uplink', () => {
  it('hands frames straight to a brain that listens', () => {
    const { uplink, connection, given, handed } = stage()
    uplink.attach(connection)
    uplink.audio(7, frame(1))
    uplink.signal('pause')
    expect(given).toEqual(['audio 1', 'pause'])
    expect(handed).toEqual([7])
  })

  it('keeps everything in order until there is a brain', () => {
    const { uplink, connection, given, handed } = stage()
    uplink.signal('start')
    uplink.audio(1, frame(1))
    uplink.text('hello')
    uplink.audio(2, frame(2))
    uplink.signal('end')
    expect(handed).toEqual([])
    uplink.attach(connection)
    // What comes meanwhile may not overtake.
    uplink.audio(3, frame(3))
    vi.advanceTimersByTime(200)
    expect(given).toEqual(['start', 'audio 1', 'text hello', 'audio 2', 'end', 'audio 3'])
    expect(handed).toEqual([1, 2, 3])
  })

  it('copies what it keeps', () => {
    const { uplink, connection, given } = stage()
    const buffer = frame(1)
    uplink.audio(1, buffer)
    buffer.fill(9)
    uplink.attach(connection)
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1'])
  })

  it('catches up at four times real time at most', () => {
    const { uplink, connection, handed } = stage()
    for (let seq = 1; seq <= 250; seq++) uplink.audio(seq, frame(0))
    uplink.attach(connection)
    for (const afterMs of [400, 1000, 1600]) {
      vi.advanceTimersByTime(afterMs === 400 ? 400 : 600)
      expect(handed.length * FRAME_MS).toBeLessThanOrEqual(afterMs * 4)
      expect(handed.length * FRAME_MS).toBeGreaterThan(afterMs * 4 - 2 * FRAME_MS)
    }
    vi.advanceTimersByTime(600)
    expect(handed).toEqual(Array.from({ length: 250 }, (_, index) => index + 1))
  })

  it('keeps the newest 15 s and says what fell off', () => {
    const { uplink, connection, given, handed, lost } = stage()
    uplink.text('first')
    for (let seq = 1; seq <= 500; seq++) uplink.audio(seq, frame(0))
    uplink.attach(connection)
    vi.advanceTimersByTime(10_000)
    expect(handed).toHaveLength(Math.floor(15_000 / FRAME_MS))
    expect(handed.at(-1)).toBe(500)
    expect(lost).toEqual([(500 - handed.length) * FRAME_MS])
    // Sound falls off, words never.
    expect(given[0]).toBe('text first')
  })

  it('waits for a brain that does not read, and goes on when it does', () => {
    const { uplink, connection, given, state } = stage()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    state.buffered = 300 * 1024
    uplink.audio(1, frame(1))
    vi.advanceTimersByTime(1000)
    uplink.audio(2, frame(2))
    expect(given).toEqual([])
    state.buffered = 0
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1', 'audio 2'])
    uplink.audio(3, frame(3))
    expect(given).toHaveLength(3)
  })

  it('keeps what is said between two brains for the second', () => {
    const { uplink, connection, given } = stage()
    const second = recordingBrain()
    uplink.attach(connection)
    uplink.audio(1, frame(1))
    uplink.detach()
    uplink.audio(2, frame(2))
    vi.advanceTimersByTime(1000)
    uplink.attach(second.connection)
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1'])
    expect(second.given).toEqual(['audio 2'])
  })

  it('takes no more words than a person writes', () => {
    const { uplink } = stage()
    for (let index = 0; index < 256; index++) expect(uplink.text('again')).toBe(true)
    expect(uplink.text('again')).toBe(false)
  })

  it('leaves no timer behind', () => {
    const { uplink, connection } = stage()
    uplink.audio(1, frame(1))
    uplink.attach(connection)
    vi.advanceTimersByTime(1000)
    expect(vi.getTimerCount()).toBe(0)
    uplink.audio(2, frame(1))
    uplink.detach()
    expect(vi.getTimerCount()).toBe(0)
  })
})
