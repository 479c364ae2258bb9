import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jpegSize } from './jpeg-size.ts'

const START = [0xff, 0xd8]
const APP0 = [0xff, 0xe0, 0x00, 0x04, 0x4a, 0x46]
/** Frame header of a baseline JPEG, 768 wide and 432 high. */
const FRAME = [0xff, 0xc0, 0x00, 0x0b, 0x08, 0x01, 0xb0, 0x03, 0x00, 0x01, 0x01, 0x11, 0x00]

describe('jpegSize', () => {
  it('finds the frame header behind other segments and fill bytes', () => {
    expect(jpegSize(Uint8Array.from([...START, ...APP0, ...FRAME]))).toEqual({ width: 768, height: 432 })
    expect(jpegSize(Uint8Array.from([...START, 0xff, ...APP0, 0xff, 0xff, ...FRAME]))).toEqual({
      width: 768,
      height: 432,
    })
  })

  it('takes progressive pictures and no Huffman table for a frame', () => {
    const table = [0xff, 0xc4, 0x00, 0x03, 0x00]
    const progressive = FRAME.with(1, 0xc2)
    expect(jpegSize(Uint8Array.from([...START, ...table, ...progressive]))).toEqual({ width: 768, height: 432 })
  })

  it('knows what has no frame header', () => {
    expect(jpegSize(Uint8Array.from(START))).toBeUndefined()
    expect(jpegSize(Uint8Array.from([...START, ...APP0]))).toBeUndefined()
    expect(jpegSize(Uint8Array.from([...START, 0x00, ...FRAME]))).toBeUndefined()
  })

  it('comes to an end with any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        jpegSize(Uint8Array.from([...START, ...bytes]))
      }),
    )
  })
})
