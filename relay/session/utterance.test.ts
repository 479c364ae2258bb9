import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Utterance } from './utterance.ts'

/** Bytes of one second of microphone sound. */
const SECOND = 32_000

function sound(bytes: number, value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value)
}

function taken(utterance: Utterance): Buffer {
  return Buffer.concat(utterance.take())
}

describe('the utterance', () => {
  it('holds speech from its start, and a little before it', () => {
    const utterance = new Utterance()
    for (let frame = 0; frame < 200; frame++) utterance.given(sound(1024, 1), false)
    for (let frame = 0; frame < 100; frame++) utterance.given(sound(1024, 2), true)
    const kept = taken(utterance)
    expect(kept.indexOf(2)).toBeGreaterThanOrEqual(8 * 1024)
    expect(kept.indexOf(2)).toBeLessThanOrEqual(16 * 1024)
    expect(kept.subarray(kept.indexOf(2))).toEqual(Buffer.alloc(100 * 1024, 2))
  })

  it('gives up the beginning of what is longer than 15 s', () => {
    const utterance = new Utterance()
    for (let second = 1; second <= 20; second++) utterance.given(sound(SECOND, second), true)
    const kept = taken(utterance)
    expect(kept.length).toBeGreaterThanOrEqual(14.7 * SECOND)
    expect(kept.length).toBeLessThanOrEqual(15.5 * SECOND)
    expect(kept.at(-1)).toBe(20)
  })

  it('is small again once it was answered, or was no speech', () => {
    const utterance = new Utterance()
    for (let frame = 0; frame < 400; frame++) utterance.given(sound(1024, 1), true)
    utterance.settle()
    expect(utterance.isUnanswered).toBe(false)
    expect(taken(utterance).length).toBeLessThanOrEqual(16 * 1024)
    utterance.given(sound(1024, 1), true)
    const looks = Array.from({ length: 600 }, () => utterance.given(sound(1024, 0), false))
    expect(looks.filter(Boolean)).toHaveLength(1)
    expect(utterance.isUnanswered).toBe(false)
  })

  it('begins with the button where there is one, and lasts as long as it is held', () => {
    const utterance = new Utterance()
    utterance.given(sound(1024, 9), false)
    utterance.begin()
    for (let frame = 0; frame < 460; frame++) utterance.given(sound(1024, 1), false)
    utterance.ended('end')
    expect([utterance.isUnanswered, utterance.isHeld, utterance.end]).toEqual([true, true, 'end'])
    expect(taken(utterance)).toEqual(Buffer.alloc(460 * 1024, 1))
    expect([utterance.isUnanswered, utterance.isHeld, utterance.end]).toEqual([false, false, undefined])
  })

  it('keeps every byte in order, whatever the frames', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const utterance = new Utterance()
        const all: Buffer[] = []
        sizes.forEach((size, index) => {
          const frame = sound(size, index + 1)
          utterance.given(frame, true)
          all.push(Buffer.from(frame))
        })
        const kept = taken(utterance)
        expect(kept).toEqual(Buffer.concat(all).subarray(-kept.length))
      }),
    )
  })
})
