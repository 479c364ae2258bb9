import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64Length, readBase64, writeBase64 } from './base64.ts'

/** Writes the digits into a larger memory, and checks that nothing else was touched. */
function encode(bytes: Uint8Array, offset: number): string {
  const digits = base64Length(bytes.length)
  const target = Buffer.alloc(offset + digits + 8, '#')
  writeBase64(bytes, new DataView(target.buffer, target.byteOffset, target.byteLength), offset)
  expect(target.toString('latin1', 0, offset)).toBe('#'.repeat(offset))
  expect(target.toString('latin1', offset + digits)).toBe('#'.repeat(8))
  return target.toString('latin1', offset, offset + digits)
}

/** Reads them from the middle of a larger memory. */
function decode(text: string): Buffer | undefined {
  const source = Buffer.from(`"${text}"`, 'latin1')
  const target = new DataView(new ArrayBuffer(text.length + 4))
  const bytes = readBase64(source, 1, source.length - 1, target)
  return bytes === undefined ? undefined : Buffer.from(target.buffer, 0, bytes)
}

const bytes = fc.uint8Array({ maxLength: 600, size: 'max' })

describe('base64', () => {
  it('is written as Node writes it, wherever it lies', () => {
    fc.assert(
      fc.property(bytes, fc.nat(9), (all, offset) => {
        expect(encode(all, offset)).toBe(Buffer.from(all).toString('base64'))
        expect(encode(all.subarray(1), offset)).toBe(Buffer.from(all.subarray(1)).toString('base64'))
      }),
    )
  })

  it.each([49_150, 49_151, 49_152, 49_153, 150_000])('is written in pieces that fit, %i bytes', (length) => {
    const all = Buffer.from(Array.from({ length }, (_, index) => (index * 37) >> 3))
    expect(encode(all, 1)).toBe(all.toString('base64'))
  })

  it('is read back, and not a byte more', () => {
    fc.assert(
      fc.property(bytes, (all) => {
        fc.pre(all.length > 0)
        expect(decode(Buffer.from(all).toString('base64'))).toEqual(Buffer.from(all))
      }),
    )
  })

  it('is nothing that has another character, or too few, anywhere', () => {
    const digits = Buffer.from('a sentence of thirty characters').toString('base64')
    for (let at = 0; at < digits.length; at++) {
      expect(decode(digits.slice(0, at) + digits.slice(at + 1))).toBeUndefined()
      for (const odd of ['"', '\\', ' ', '-', '_', '\u00ff', '\0'])
        expect(decode(digits.slice(0, at) + odd + digits.slice(at + 1))).toBeUndefined()
      if (at < digits.length - 2) expect(decode(`${digits.slice(0, at)}=${digits.slice(at + 1)}`)).toBeUndefined()
    }
    for (const text of ['', '====', 'A===', '=AAA', 'AA=A']) expect(decode(text)).toBeUndefined()
  })
})
