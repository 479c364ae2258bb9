import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts'
import { SoundBlocks } from './sound-blocks.ts'
import { Utterance } from './utterance.ts'

/** Bytes of one second of microphone sound. */
const SECOND = 32_000
const SAMPLES_A_SECOND = 16_000

/** One for all, as a relay has it. */
const memory = new SoundBlocks()

/** @param code of the one sample it repeats, 0 to 126, which the utterance keeps as it is */
function sound(bytes: number, code: number): Uint8Array {
  return decodeMuLaw(Buffer.alloc(bytes / 2, code))
}

/** @returns the code of each sample */
function taken(utterance: Utterance): Buffer {
  const pcm = Buffer.concat(utterance.take())
  const codes = Buffer.alloc(pcm.length / 2)
  encodeMuLaw(pcm, codes, 0)
  return codes
}

describe('the utterance', () => {
  it('holds speech from its start, and a little before it', () => {
    const utterance = new Utterance(memory)
    for (let frame = 0; frame < 200; frame++) utterance.given(sound(1024, 1), false)
    for (let frame = 0; frame < 100; frame++) utterance.given(sound(1024, 2), true)
    const kept = taken(utterance)
    expect(kept.indexOf(2)).toBeGreaterThanOrEqual(4 * 1024)
    expect(kept.indexOf(2)).toBeLessThanOrEqual(6 * 1024)
    expect(kept.subarray(kept.indexOf(2))).toEqual(Buffer.alloc(100 * 512, 2))
  })

  it('holds all that is said before and after a pause, and little of the pause', () => {
    const utterance = new Utterance(memory)
    for (const said of [2, 3]) {
      for (let frame = 0; frame < 100; frame++) utterance.given(sound(1024, said), true)
      for (let frame = 0; frame < 200; frame++) utterance.given(sound(1024, 1), false)
    }
    for (let frame = 0; frame < 10; frame++) utterance.given(sound(1024, 4), true)
    const kept = taken(utterance)
    const pause = kept.subarray(kept.lastIndexOf(2) + 1, kept.indexOf(3))
    for (const silence of [pause, kept.subarray(kept.lastIndexOf(3) + 1, kept.indexOf(4))]) {
      expect(silence.length).toBeGreaterThanOrEqual(0.5 * SAMPLES_A_SECOND)
      expect(silence.length).toBeLessThanOrEqual(0.8 * SAMPLES_A_SECOND)
    }
    for (const [said, frames] of [
      [2, 100],
      [3, 100],
      [4, 10],
    ] as const)
      expect(kept.filter((code) => code === said)).toHaveLength(frames * 512)
  })

  it('gives up the beginning of what is longer than 15 s', () => {
    const utterance = new Utterance(memory)
    for (let second = 1; second <= 20; second++) utterance.given(sound(SECOND, second), true)
    const kept = taken(utterance)
    expect(kept.length).toBeGreaterThanOrEqual(14.7 * SAMPLES_A_SECOND)
    expect(kept.length).toBeLessThanOrEqual(15.5 * SAMPLES_A_SECOND)
    expect(kept.at(-1)).toBe(20)
  })

  it('is small again once it was answered, or was no speech', () => {
    const utterance = new Utterance(memory)
    for (let frame = 0; frame < 400; frame++) utterance.given(sound(1024, 1), true)
    utterance.settle()
    expect(utterance.isUnanswered).toBe(false)
    expect(taken(utterance).length).toBeLessThanOrEqual(6 * 1024)
    utterance.given(sound(1024, 1), true)
    const looks = Array.from({ length: 600 }, () => utterance.given(sound(1024, 0), false))
    expect(looks.filter(Boolean)).toHaveLength(1)
    expect(utterance.isUnanswered).toBe(false)
  })

  it('begins with the button where there is one, and lasts as long as it is held', () => {
    const utterance = new Utterance(memory)
    utterance.given(sound(1024, 9), false)
    utterance.begin()
    for (let frame = 0; frame < 460; frame++) utterance.given(sound(1024, 1), false)
    utterance.ended('end')
    expect([utterance.isUnanswered, utterance.isHeld, utterance.end]).toEqual([true, true, 'end'])
    expect(taken(utterance)).toEqual(Buffer.alloc(460 * 512, 1))
    expect([utterance.isUnanswered, utterance.isHeld, utterance.end]).toEqual([false, false, undefined])
  })

  it('holds nothing once it is forgotten, and begins anew', () => {
    const utterance = new Utterance(memory)
    for (let frame = 0; frame < 40; frame++) utterance.given(sound(1024, 1), true)
    utterance.forget()
    expect(utterance.isUnanswered).toBe(false)
    expect(taken(utterance).length).toBe(0)
    utterance.given(sound(1024, 2), true)
    expect(taken(utterance)).toEqual(Buffer.alloc(512, 2))
  })

  it('does not share its memory with another one', () => {
    const [one, other] = [new Utterance(memory), new Utterance(memory)]
    for (let frame = 0; frame < 40; frame++) one.given(sound(1024, 1), true)
    one.forget()
    for (let frame = 0; frame < 40; frame++) {
      one.given(sound(1024, 2), true)
      other.given(sound(1024, 3), true)
    }
    expect(taken(one)).toEqual(Buffer.alloc(40 * 512, 2))
    expect(taken(other)).toEqual(Buffer.alloc(40 * 512, 3))
  })

  it('keeps every sample in order, whatever the frames', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const utterance = new Utterance(memory)
        const all: Buffer[] = []
        sizes.forEach((size, index) => {
          utterance.given(sound(2 * size, index + 1), true)
          all.push(Buffer.alloc(size, index + 1))
        })
        const kept = taken(utterance)
        expect(kept).toEqual(Buffer.concat(all).subarray(-kept.length))
      }),
    )
  })
})
