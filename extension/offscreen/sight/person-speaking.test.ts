import { describe, expect, it } from 'vitest'
import { PersonSpeaking } from './person-speaking.ts'

const FRAME_MS = 32

/** A listener in a room; `hear` lets it hear frames of one loudness. */
function listener() {
  const speaking = new PersonSpeaking()
  let nowMs = 0
  return {
    hear(level: number, ms: number) {
      for (const end = nowMs + ms; nowMs < end; nowMs += FRAME_MS) speaking.hear(level, nowMs)
    },
    wrote: () => speaking.wrote(nowMs),
    speaksNow: () => speaking.quietForMs(nowMs) <= FRAME_MS,
    quietForMs: () => speaking.quietForMs(nowMs),
  }
}

describe('PersonSpeaking', () => {
  it('hears nobody before the first word', () => {
    const room = listener()
    room.hear(0.001, 5000)
    expect(room.quietForMs()).toBe(Infinity)
  })

  it('hears a voice within its first syllable, and for how long it has been quiet since', () => {
    const room = listener()
    room.hear(0.001, 2000)
    room.hear(0.08, 130)
    expect(room.speaksNow()).toBe(true)
    room.hear(0.001, 960)
    expect(room.quietForMs()).toBeGreaterThan(900)
    expect(room.quietForMs()).toBeLessThanOrEqual(1000)
  })

  it('takes no click and no loud fan for a voice', () => {
    const room = listener()
    room.hear(0.001, 1000)
    room.hear(0.5, 64)
    room.hear(0.001, 1000)
    expect(room.quietForMs()).toBe(Infinity)
    // The fan begins like a voice; after a while it is the room.
    room.hear(0.03, 20_000)
    expect(room.speaksNow()).toBe(false)
    room.hear(0.15, 130)
    expect(room.speaksNow()).toBe(true)
  })

  it('hears a long answer to its end, pauses for breath included', () => {
    const room = listener()
    for (let sentence = 0; sentence < 10; sentence++) {
      room.hear(0.1, 3000)
      expect(room.speaksNow()).toBe(true)
      room.hear(0.002, 320)
    }
  })

  it('takes writing for speaking', () => {
    const room = listener()
    room.hear(0.001, 1000)
    room.wrote()
    expect(room.quietForMs()).toBe(0)
  })
})
