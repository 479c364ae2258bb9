import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { OPCODE } from './frame.ts'
import { AS_IT_IS, FrameWriter } from './frame-writer.ts'

interface Receiver {
  on(event: string, listener: (data: Buffer) => void): Receiver
  write(chunk: Buffer): boolean
}
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Receiver }

/** What a server reads of these bytes; it refuses frames without a mask. */
function readByServer(wire: Buffer): Buffer[] {
  const messages: Buffer[] = []
  const receiver = new Receiver({ isServer: true })
  receiver.on('message', (data) => messages.push(Buffer.from(data)))
  receiver.write(Buffer.from(wire))
  return messages
}

const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]

describe('FrameWriter', () => {
  it.each(LENGTHS)('writes %i bytes as a server reads them', (length) => {
    const payload = Buffer.from(Array.from({ length }, (_, index) => (index * 31) & 0xff))
    const writer = new FrameWriter()
    for (const reuse of [true, false])
      expect(readByServer(writer.build(OPCODE.binary, payload, AS_IT_IS, reuse))).toEqual([payload])
  })

  it('leaves the payload as it was', () => {
    const payload = Buffer.from('unharmed')
    new FrameWriter().build(OPCODE.binary, payload, AS_IT_IS, true)
    expect(payload.toString()).toBe('unharmed')
  })

  it('writes many frames, in whichever memory, as a server reads them', () => {
    const writer = new FrameWriter()
    const payloads = fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean()), { maxLength: 30 })
    fc.assert(
      fc.property(payloads, (all) => {
        const wires = all.map(([payload, reuse]) => {
          const wire = writer.build(OPCODE.binary, payload, AS_IT_IS, reuse)
          // As a socket does that the system did not take all of.
          if (reuse) writer.keep()
          return wire
        })
        expect(readByServer(Buffer.concat(wires))).toEqual(all.map(([payload]) => Buffer.from(payload)))
      }),
    )
  })

  it('masks no two frames alike', () => {
    const writer = new FrameWriter()
    const masks = new Set<number>()
    for (let index = 0; index < 5000; index++)
      masks.add(writer.build(OPCODE.text, Buffer.alloc(8), AS_IT_IS, true).readUInt32BE(2))
    expect(masks.size).toBeGreaterThan(4990)
  })
})
