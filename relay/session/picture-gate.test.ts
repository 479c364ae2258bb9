import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LiveConnection } from '../live/live-model.ts'
import { PictureGate } from './picture-gate.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function stage() {
  const seen: number[] = []
  const state = { buffered: 0 }
  const connection = {
    sendImage: (jpeg: Uint8Array) => seen.push(jpeg[0]!),
    bufferedBytes: () => state.buffered,
  } as unknown as LiveConnection
  return { gate: new PictureGate(), connection, seen, state }
}

const picture = (value: number) => Uint8Array.from([value])

describe('the picture gate', () => {
  it('lets two a second through, the newest of those that come between', () => {
    const { gate, connection, seen } = stage()
    gate.attach(connection)
    for (let value = 1; value <= 10; value++) {
      gate.offer(picture(value))
      vi.advanceTimersByTime(100)
    }
    vi.advanceTimersByTime(1000)
    expect(seen).toEqual([1, 5, 10])
  })

  it('keeps the newest until there is a brain', () => {
    const { gate, connection, seen } = stage()
    gate.offer(picture(1))
    gate.offer(picture(2))
    gate.attach(connection)
    vi.advanceTimersByTime(0)
    expect(seen).toEqual([2])
  })

  // `slice` of a Buffer, which one of the engines hands over, is no copy.
  it.each([picture(1), Buffer.from(picture(1))])('copies what it keeps (%#)', (buffer) => {
    const { gate, connection, seen } = stage()
    gate.offer(buffer)
    buffer[0] = 9
    gate.attach(connection)
    vi.advanceTimersByTime(0)
    expect(seen).toEqual([1])
  })

  it('lets the sound through first', () => {
    const { gate, connection, seen, state } = stage()
    gate.attach(connection)
    state.buffered = 100_000
    gate.offer(picture(1))
    vi.advanceTimersByTime(2000)
    expect(seen).toEqual([])
    state.buffered = 0
    vi.advanceTimersByTime(500)
    expect(seen).toEqual([1])
  })

  it('shows nothing to a brain that is gone', () => {
    const { gate, connection, seen } = stage()
    gate.attach(connection)
    gate.offer(picture(1))
    gate.offer(picture(2))
    gate.detach()
    vi.advanceTimersByTime(2000)
    expect(seen).toEqual([1])
    expect(vi.getTimerCount()).toBe(0)
  })
})
