import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pcm16FromBytes } from '../../shared/audio/pcm16.ts'
import { PacedMicrophone } from './paced-microphone.ts'

describe('PacedMicrophone', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => vi.useRealTimers())

  function openMicrophone() {
    const frames: { readonly first: number; readonly atMs: number }[] = []
    const microphone = new PacedMicrophone((pcm, atMs) => {
      expect(pcm.byteLength).toBe(1024)
      frames.push({ first: pcm16FromBytes(pcm)[0] ?? 0, atMs })
    })
    const closing = new AbortController()
    microphone.open(closing.signal)
    return { frames, microphone, close: () => closing.abort() }
  }

  it('sends 31.25 frames a second, whatever the timer does', () => {
    const { frames, close } = openMicrophone()
    vi.advanceTimersByTime(10_000)
    expect(Math.abs(frames.length - 313)).toBeLessThanOrEqual(1)
    expect(frames.every((frame, index) => frame.atMs === (frames[0]?.atMs ?? 0) + index * 32)).toBe(true)
    close()
  })

  it('speaks a recording between silences and says when it began', async () => {
    const { frames, microphone, close } = openMicrophone()
    vi.advanceTimersByTime(320)
    const before = frames.length
    const spoken = microphone.speak(new Int16Array(1000).fill(5))
    vi.advanceTimersByTime(320)
    expect(frames.slice(before, before + 4).map((frame) => frame.first)).toEqual([5, 5, 0, 0])
    expect(await spoken).toBe(frames[before]?.atMs)
    close()
  })

  it('sends nothing after it was closed', () => {
    const { frames, close } = openMicrophone()
    close()
    const before = frames.length
    vi.advanceTimersByTime(1000)
    expect(frames).toHaveLength(before)
  })
})
