import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LiveConnection } from '../live/live-model.ts'
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts'
import { SoundBlocks } from './sound-blocks.ts'
import { Uplink, type UplinkCallbacks } from './uplink.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const FRAME_MS = 32

/** @param code of the one sample it repeats, which is kept as it is */
function frame(code: number): Uint8Array {
  return decodeMuLaw(Buffer.alloc(512, code))
}

function codeOf(pcm: Uint8Array): number | undefined {
  const codes = new Uint8Array(pcm.length / 2)
  encodeMuLaw(pcm, codes, 0)
  return codes[0]
}

/** A brain that writes down what it is given. `buffered` is what it has not read, bytes. */
function recordingBrain() {
  const given: string[] = []
  const state = { buffered: 0 }
  const connection: LiveConnection = {
    sendAudio: (pcm) => given.push(`audio ${codeOf(pcm)}`),
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
    closed: Promise.resolve(),
  }
  return { connection, given, state }
}

function stage() {
  const handed: number[] = []
  const lost: number[] = []
  const unanswered: number[] = []
  const callbacks: UplinkCallbacks = {
    ack: { handed: (seq) => void handed.push(seq) },
    onLost: (lostMs) => lost.push(lostMs),
    onUnanswered: (ms) => unanswered.push(ms),
  }
  const uplink = new Uplink(callbacks, new SoundBlocks())
  return { uplink, handed, lost, unanswered, ...recordingBrain() }
}

describe('the uplink', () => {
  it('hands frames straight to a brain that listens', () => {
    const { uplink, connection, given, handed } = stage()
    uplink.attach(connection)
    uplink.audio(7, frame(1), false)
    uplink.signal('pause')
    expect(given).toEqual(['audio 1', 'pause'])
    expect(handed).toEqual([7])
  })

  it('keeps everything in order until there is a brain', () => {
    const { uplink, connection, given, handed } = stage()
    uplink.signal('start')
    uplink.audio(1, frame(1), false)
    uplink.text('hello')
    uplink.audio(2, frame(2), false)
    uplink.signal('end')
    expect(handed).toEqual([])
    uplink.attach(connection)
    // What comes meanwhile may not overtake.
    uplink.audio(3, frame(3), false)
    vi.advanceTimersByTime(200)
    expect(given).toEqual(['start', 'audio 1', 'text hello', 'audio 2', 'end', 'audio 3'])
    expect(handed).toEqual([1, 2, 3])
  })

  it('copies what it keeps', () => {
    const { uplink, connection, given } = stage()
    const buffer = frame(1)
    uplink.audio(1, buffer, false)
    buffer.fill(9)
    uplink.attach(connection)
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1'])
  })

  it('catches up at four times real time at most', () => {
    const { uplink, connection, handed } = stage()
    for (let seq = 1; seq <= 250; seq++) uplink.audio(seq, frame(0), false)
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
    for (let seq = 1; seq <= 500; seq++) uplink.audio(seq, frame(0), false)
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
    uplink.audio(1, frame(1), false)
    vi.advanceTimersByTime(1000)
    uplink.audio(2, frame(2), false)
    expect(given).toEqual([])
    state.buffered = 0
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1', 'audio 2'])
    uplink.audio(3, frame(3), false)
    expect(given).toHaveLength(3)
  })

  // `slice` of a Buffer, which one of the engines hands over, is no copy.
  it.each([frame(1), Buffer.from(frame(1))])('copies what it keeps (%#)', (received) => {
    const { uplink, connection, given } = stage()
    uplink.audio(1, received, false)
    received.fill(9)
    uplink.attach(connection)
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1'])
  })

  it('keeps what is said between two brains for the second', () => {
    const { uplink, connection, given } = stage()
    const second = recordingBrain()
    uplink.attach(connection)
    uplink.audio(1, frame(1), false)
    uplink.detach()
    uplink.audio(2, frame(2), false)
    vi.advanceTimersByTime(1000)
    uplink.attach(second.connection)
    vi.advanceTimersByTime(100)
    expect(given).toEqual(['audio 1'])
    expect(second.given).toEqual(['audio 2'])
  })

  it('gives the next brain what the lost one had not answered, from its start, before what came meanwhile', () => {
    const { uplink, connection, handed } = stage()
    const second = recordingBrain()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    for (let seq = 1; seq <= 40; seq++) uplink.audio(seq, frame(seq), seq >= 35)
    expect(uplink.lost(true)).toBe('sound')
    uplink.audio(41, frame(41), true)
    uplink.attach(second.connection)
    vi.advanceTimersByTime(2000)
    // What was said before it in silence is not much, and none of the speech is missing.
    const frames = second.given.map((line) => Number(line.slice('audio '.length)))
    expect(frames[0]).toBeGreaterThanOrEqual(24)
    expect(frames).toEqual(frames.toSorted((one, other) => one - other))
    expect(frames).toContain(35)
    expect(frames.at(-1)).toBe(41)
    // The client heard of each frame once.
    expect(handed).toEqual(Array.from({ length: 41 }, (_, index) => index + 1))
  })

  it('gives it again at most four times as fast as it was spoken', () => {
    const { uplink, connection } = stage()
    const second = recordingBrain()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    for (let seq = 1; seq <= 250; seq++) uplink.audio(seq, frame(1), true)
    uplink.lost(true)
    uplink.attach(second.connection)
    vi.advanceTimersByTime(1000)
    expect(second.given.length * 64).toBeLessThanOrEqual(4000)
    expect(second.given.length * 64).toBeGreaterThan(3600)
  })

  it('forgets it once it is answered, and where it may have been the reason', () => {
    const { uplink, connection } = stage()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    uplink.audio(1, frame(1), true)
    uplink.answered()
    expect(uplink.lost(true)).toBeUndefined()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    uplink.audio(2, frame(2), true)
    expect(uplink.lost(false)).toBeUndefined()
    expect(uplink.hasUnanswered).toBe(false)
  })

  it('gives words again that were typed, or that were understood', () => {
    const { uplink, connection } = stage()
    const [second, third] = [recordingBrain(), recordingBrain()]
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    uplink.audio(1, frame(1), true)
    uplink.understood('what time is it')
    expect(uplink.lost(true)).toBe('words')
    uplink.attach(second.connection)
    vi.advanceTimersByTime(20)
    expect(second.given).toEqual(['text what time is it'])
    uplink.text('never mind')
    expect(uplink.lost(true)).toBe('words')
    uplink.attach(third.connection)
    vi.advanceTimersByTime(20)
    expect(third.given).toEqual(['text never mind'])
  })

  it('begins what is held again with its start, and ends it where it was ended', () => {
    const { uplink, connection } = stage()
    const [second, third] = [recordingBrain(), recordingBrain()]
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    uplink.signal('start')
    uplink.audio(1, frame(1), false)
    uplink.lost(true)
    uplink.audio(2, frame(2), false)
    uplink.signal('end')
    uplink.attach(second.connection)
    vi.advanceTimersByTime(200)
    expect(second.given).toEqual(['start', 'audio 1', 'audio 2', 'end'])
    uplink.lost(true)
    uplink.attach(third.connection)
    vi.advanceTimersByTime(200)
    expect(third.given[0]).toBe('start')
    expect(third.given.at(-1)).toBe('end')
  })

  it('begins what is held again also when its beginning is not to be heard again', () => {
    const { uplink, connection } = stage()
    const second = recordingBrain()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    uplink.signal('start')
    uplink.audio(1, frame(1), false)
    uplink.lost(false)
    uplink.audio(2, frame(2), false)
    uplink.attach(second.connection)
    vi.advanceTimersByTime(200)
    expect(second.given).toEqual(['start', 'audio 2'])
  })

  it('says when speech was followed by 12 s of silence and no answer', () => {
    const { uplink, connection, unanswered } = stage()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    for (let seq = 1; seq <= 10; seq++) uplink.audio(seq, frame(1), true)
    for (let seq = 1; seq <= 374; seq++) uplink.audio(seq, frame(0), false)
    expect(unanswered).toEqual([])
    for (let seq = 1; seq <= 100; seq++) uplink.audio(seq, frame(0), false)
    expect(unanswered).toEqual([320])
  })

  it('gives a brain that takes turns in another way nothing it would hang up on', () => {
    const { uplink, connection, lost } = stage()
    const second = recordingBrain()
    uplink.attach(connection)
    vi.advanceTimersByTime(20)
    uplink.signal('start')
    uplink.audio(1, frame(1), false)
    uplink.lost(true)
    uplink.audio(2, frame(2), false)
    uplink.text('hello')
    uplink.turnTakingChanged()
    uplink.attach(second.connection)
    vi.advanceTimersByTime(200)
    expect(second.given).toEqual(['text hello'])
    expect(lost).toEqual([FRAME_MS])
  })

  it('takes no more words than a person writes', () => {
    const { uplink } = stage()
    for (let index = 0; index < 256; index++) expect(uplink.text('again')).toBe(true)
    expect(uplink.text('again')).toBe(false)
  })

  it('leaves no timer behind', () => {
    const { uplink, connection } = stage()
    uplink.audio(1, frame(1), false)
    uplink.attach(connection)
    vi.advanceTimersByTime(1000)
    expect(vi.getTimerCount()).toBe(0)
    uplink.audio(2, frame(1), false)
    uplink.detach()
    expect(vi.getTimerCount()).toBe(0)
  })
})
