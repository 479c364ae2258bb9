import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AudioTape } from './audio-tape.ts'

describe('AudioTape', () => {
  it('reads what a stream of any chunks had at those positions, as far as it is kept', () => {
    const chunks = fc.array(fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 40 }), { maxLength: 20 })
    const position = fc.nat({ max: 400 })
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 100 }), position, position, (parts, capacity, one, other) => {
        const tape = new AudioTape(capacity)
        parts.forEach((part) => tape.append(Int16Array.from(part)))
        const all = parts.flat()
        const [from, to] = one < other ? [one, other] : [other, one]
        expect(tape.position).toBe(all.length)
        const oldest = Math.max(0, all.length - capacity)
        expect([...tape.read(from, to)]).toEqual(all.slice(Math.max(from, oldest), Math.max(to, oldest)))
      }),
    )
  })

  it('gives copies', () => {
    const tape = new AudioTape(10)
    tape.append(Int16Array.of(1, 2, 3))
    tape.read(0).fill(9)
    expect([...tape.read(0)]).toEqual([1, 2, 3])
  })
})
