import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundedOutput } from './bounded-output.ts'

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('boundedOutput', () => {
  it('leaves what fits as it is', () => {
    const output = { title: 'T', text: 'short' }
    expect(boundedOutput(output, 1000)).toBe(output)
  })

  it('cuts the longest text and says so', () => {
    const cut = boundedOutput({ title: 'A page', text: 'x'.repeat(5000), links: 3 }, 1000)
    expect(cut).toMatchObject({ title: 'A page', links: 3, truncated: true })
    expect(cut['text']).toMatch(/^x{800,}$/)
    expect(bytes(cut)).toBeLessThanOrEqual(1000)
  })

  it('never cuts a character in half', () => {
    for (let room = 300; room < 304; room++) {
      const cut = boundedOutput({ text: '😀'.repeat(500) }, room)
      expect(cut['text']).toMatch(/^(😀)+$/u)
    }
  })

  it('turns a big list into the beginning of its JSON', () => {
    const cut = boundedOutput({ rows: Array.from({ length: 2000 }, (_, row) => ({ row })) }, 1000)
    expect(cut['truncated']).toBe(true)
    expect(cut['text']).toMatch(/^\{"rows":\[\{"row":0\},/)
    expect(bytes(cut)).toBeLessThanOrEqual(1000)
  })

  it('is within the limit for any output', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.integer({ min: 101, max: 2000 }),
        (output, maxBytes) => {
          expect(bytes(boundedOutput(output, maxBytes))).toBeLessThanOrEqual(maxBytes)
        },
      ),
    )
  })
})
