import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { FrameReader } from './frame-reader.ts'

const MAX_BYTES = 2000

/** Everything a reader tells, in order. */
type Told =
  | { readonly message: string }
  | { readonly ping: string }
  | { readonly left: number; readonly reason: string }
  | { readonly violation: number }

function chunked(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let offset = 0
  for (let index = 0; offset < bytes.length; index++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1)
    chunks.push(bytes.subarray(offset, offset + size))
    offset += size
  }
  return chunks
}

/** What the reader makes of the bytes; each chunk is destroyed when the call has returned, as a shared buffer is. */
function read(bytes: Buffer, sizes: readonly number[] = []): Told[] {
  const told: Told[] = []
  const reader = new FrameReader(MAX_BYTES, {
    onMessage: (payload) => told.push({ message: payload.toString('hex') }),
    onPing: (payload) => told.push({ ping: payload.toString('hex') }),
    onCloseFrame: (code, reason) => told.push({ left: code, reason }),
    onViolation: (status) => told.push({ violation: status }),
  })
  for (const chunk of chunked(bytes, sizes)) {
    const passing = Buffer.from(chunk)
    reader.push(passing)
    passing.fill(0xaa)
  }
  return told
}

interface Receiver {
  on(event: string, listener: (...args: never[]) => void): Receiver
  write(chunk: Buffer): boolean
}
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Receiver }

/** What the reader of `ws` makes of them: another's understanding of the same RFC. */
async function readByWs(bytes: Buffer): Promise<Told[]> {
  const told: Told[] = []
  const receiver = new Receiver({ isServer: false, maxPayload: MAX_BYTES, allowSynchronousEvents: true })
  receiver.on('message', (data: Buffer) => told.push({ message: data.toString('hex') }))
  receiver.on('ping', (data: Buffer) => told.push({ ping: data.toString('hex') }))
  receiver.on('conclude', (code: number, reason: Buffer) => {
    told.push({ left: code, reason: reason.toString() })
  })
  receiver.on('error', (error: Error) => {
    const status = Object.getOwnPropertySymbols(error).find(({ description }) => description === 'status-code')
    told.push({ violation: status === undefined ? 0 : ((error as unknown as Record<symbol, number>)[status] ?? 0) })
  })
  receiver.write(bytes)
  // Errors of a stream are told a moment later.
  await new Promise(setImmediate)
  return told
}

/** One frame as a server sends it. */
function frame(opcode: number, payload: Uint8Array, isFinal = true): Buffer {
  const { length } = payload
  const first = (isFinal ? 0x80 : 0) | opcode
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload])
  return Buffer.concat([Buffer.from([first, 126, length >> 8, length & 0xff]), payload])
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))
const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength }).map((words) => Buffer.from(words))
const control = bytes(125).map((payload) => ({ wire: frame(9, payload), told: [{ ping: payload.toString('hex') }] }))
const whole = fc
  .oneof(
    bytes(400).map((payload) => [2, payload] as const),
    text(60).map((payload) => [1, payload] as const),
  )
  .map(([opcode, payload]) => ({ wire: frame(opcode, payload), told: [{ message: payload.toString('hex') }] }))

/** A message in several frames, with pings between them. */
const inPieces = fc
  .tuple(fc.constantFrom(1, 2), text(200), fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), fc.option(control))
  .map(([opcode, payload, sizes, between]) => {
    const pieces = sizes.map((size, index) => payload.subarray(sum(sizes, index), sum(sizes, index) + size))
    const rest = payload.subarray(sum(sizes, sizes.length))
    const wire = [...pieces, rest].map((piece, index, all) =>
      frame(index === 0 ? opcode : 0, piece, index === all.length - 1),
    )
    wire.splice(1, 0, between?.wire ?? Buffer.alloc(0))
    return { wire: Buffer.concat(wire), told: [...(between?.told ?? []), { message: payload.toString('hex') }] }
  })

function sum(sizes: readonly number[], count: number): number {
  return sizes.slice(0, count).reduce((total, size) => total + size, 0)
}

const conversation = fc.array(fc.oneof(whole, inPieces, control), { maxLength: 8 })
const chunkSizes = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 6 })

describe('FrameReader', () => {
  it('hears every message, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(conversation, chunkSizes, (parts, sizes) => {
        const told = read(Buffer.concat(parts.map(({ wire }) => wire)), sizes)
        expect(told).toEqual(parts.flatMap((part) => part.told))
      }),
    )
  })

  it('judges damaged bytes as ws does, and in pieces as at once', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(conversation, damage, chunkSizes, async (parts, changes, sizes) => {
        const wire = Buffer.concat(parts.map((part) => part.wire))
        for (const [at, value] of changes) if (wire.length > 0) wire[at % Math.min(wire.length, 40)] = value
        expect(read(wire, sizes)).toEqual(await readByWs(wire))
      }),
      { numRuns: 1000 },
    )
  })

  it('judges noise as ws does', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(60), chunkSizes, async (wire, sizes) => {
        expect(read(wire, sizes)).toEqual(await readByWs(wire))
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['a reserved bit', Buffer.from([0xc2, 0]), 1002],
    ['an unknown opcode', Buffer.from([0x83, 0]), 1002],
    ['an unknown control opcode', Buffer.from([0x8b, 0]), 1002],
    ['a masked frame', Buffer.from([0x82, 0x81, 1, 2, 3, 4, 5]), 1002],
    ['a ping in pieces', Buffer.from([0x09, 0]), 1002],
    ['a ping of 126 bytes', Buffer.from([0x89, 126, 0, 126]), 1002],
    ['a continuation of nothing', Buffer.from([0x80, 0]), 1002],
    ['a message within another', Buffer.concat([frame(1, Buffer.from('a'), false), frame(1, Buffer.from('b'))]), 1002],
    ['text that is not UTF-8', frame(1, Buffer.from([0xc3, 0x28])), 1007],
    ['half a close code', frame(8, Buffer.from([3])), 1002],
    ['a close code nobody may send', frame(8, Buffer.from([1006 >> 8, 1006 & 0xff])), 1002],
    ['a close reason that is not UTF-8', frame(8, Buffer.from([3, 0xe8, 0xff])), 1007],
    ['a message that is too large, before it has come', Buffer.from([0x82, 127, 0, 0, 0, 0, 0x7f, 0, 0, 0]), 1009],
    ['a length above all numbers', Buffer.from([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]), 1009],
    [
      'pieces that are too large together',
      Buffer.concat([frame(2, Buffer.alloc(1200), false), frame(0, Buffer.alloc(1200))]),
      1009,
    ],
  ])('ends at %s', (_name, wire, status) => {
    const after = frame(2, Buffer.from('never heard'))
    expect(read(Buffer.concat([wire, after])).at(-1)).toEqual({ violation: status })
  })

  it('takes the largest message there may be', () => {
    const payload = Buffer.alloc(MAX_BYTES, 7)
    expect(read(frame(2, payload), [100])).toEqual([{ message: payload.toString('hex') }])
  })

  it('reads nothing after a close frame', () => {
    const wire = Buffer.concat([frame(8, Buffer.from([3, 0xf0, 0x6f, 0x6b])), frame(2, Buffer.from('late'))])
    expect(read(wire)).toEqual([{ left: 1008, reason: 'ok' }])
    expect(read(frame(8, Buffer.alloc(0)))).toEqual([{ left: 1005, reason: '' }])
  })

  it('says nothing more once it was stopped, not even of what it was reading', () => {
    const heard: string[] = []
    const reader = new FrameReader(MAX_BYTES, {
      onMessage: (payload) => {
        heard.push(payload.toString())
        reader.stop()
      },
      onPing: () => heard.push('ping'),
      onCloseFrame: () => heard.push('close'),
      onViolation: () => heard.push('violation'),
    })
    reader.push(Buffer.concat([frame(1, Buffer.from('one')), frame(1, Buffer.from('two')), frame(9, Buffer.alloc(0))]))
    reader.push(frame(1, Buffer.from('three')))
    expect(heard).toEqual(['one'])
  })
})
