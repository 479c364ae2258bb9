import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RING_FRAMES, UplinkRing } from './uplink-ring.ts'

const FRAME = new Uint8Array(1024)

function push(ring: UplinkRing, frames: number): void {
  for (let frame = 0; frame < frames; frame++) ring.push(FRAME, frame * 32)
}

function drain(ring: UplinkRing): number[] {
  const seqs: number[] = []
  for (let frame = ring.next(); frame !== undefined; frame = ring.next()) seqs.push(frame.seq)
  return seqs
}

describe('the uplink ring', () => {
  it('holds 5 s', () => {
    expect(RING_FRAMES).toBe(157)
  })

  it('numbers frames from 1 and gives each once', () => {
    const ring = new UplinkRing()
    push(ring, 3)
    expect(drain(ring)).toEqual([1, 2, 3])
    push(ring, 1)
    expect(drain(ring)).toEqual([4])
  })

  it('copies what it keeps', () => {
    const ring = new UplinkRing()
    const pcm = Uint8Array.of(1, 2)
    ring.push(pcm, 7)
    pcm.fill(9)
    expect(ring.next()).toEqual({
      kind: 'microphone',
      seq: 1,
      timeMs: 7,
      replayed: false,
      payload: Uint8Array.of(1, 2),
    })
  })

  it('gives what was not acknowledged again on a new socket, marked', () => {
    const ring = new UplinkRing()
    push(ring, 4)
    drain(ring)
    ring.acknowledge(2)
    ring.rewind(true)
    push(ring, 1)
    expect([ring.next(), ring.next(), ring.next()].map((frame) => [frame?.seq, frame?.replayed])).toEqual([
      [3, true],
      [4, true],
      [5, false],
    ])
  })

  it('does not mark what waited for the first socket', () => {
    const ring = new UplinkRing()
    push(ring, 1)
    ring.rewind(false)
    expect(ring.next()?.replayed).toBe(false)
  })

  it('begins above what the brain is known to have', () => {
    const ring = new UplinkRing()
    push(ring, 5)
    drain(ring)
    ring.rewind(true, 4)
    expect(drain(ring)).toEqual([5])
  })

  it('keeps what was never sent, whatever is acknowledged', () => {
    const ring = new UplinkRing()
    push(ring, 3)
    ring.next()
    ring.acknowledge(1000)
    expect(drain(ring)).toEqual([2, 3])
  })

  it('counts in milliseconds what fell off unsent, once', () => {
    const ring = new UplinkRing()
    push(ring, RING_FRAMES + 10)
    expect(ring.takeLostMs()).toBe(320)
    expect(ring.takeLostMs()).toBe(0)
    expect(drain(ring)[0]).toBe(11)
  })

  it('does not count what fell off after it was sent', () => {
    const ring = new UplinkRing()
    for (let frame = 0; frame < RING_FRAMES + 10; frame++) {
      push(ring, 1)
      drain(ring)
    }
    expect(ring.takeLostMs()).toBe(0)
  })

  it('remembers a pause that stands at its end', () => {
    const ring = new UplinkRing()
    ring.pause()
    expect(ring.endsInPause).toBe(false)
    push(ring, 1)
    expect(ring.endsInPause).toBe(false)
    ring.pause()
    expect(ring.endsInPause).toBe(true)
    ring.next()
    ring.acknowledge(1)
    expect(ring.endsInPause).toBe(false)
  })

  it('goes on over the wrap at 2³²', () => {
    const ring = new UplinkRing(2 ** 32 - 2)
    push(ring, 4)
    expect(drain(ring)).toEqual([4_294_967_294, 4_294_967_295, 0, 1])
    ring.acknowledge(0)
    ring.rewind(true)
    expect(drain(ring)).toEqual([1])
  })

  it('gives every frame in order and exactly once a socket, and loses only what it counts', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('push' as const), frames: fc.integer({ min: 1, max: 60 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('send' as const), frames: fc.integer({ min: 1, max: 60 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('ack' as const), back: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
    )
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 2 ** 32 - 400, max: 2 ** 32 + 5 }),
        (steps, first) => {
          const ring = new UplinkRing(first)
          let pushed = 0
          let newest = -1
          const everSent = new Set<number>()
          const indexOf = (seq: number) => (seq - first) >>> 0
          for (const step of steps) {
            if (step.do === 'push') {
              push(ring, step.frames)
              pushed += step.frames
            } else if (step.do === 'ack') ring.acknowledge((first + newest - step.back) >>> 0)
            else if (step.do === 'reconnect') {
              ring.rewind(true)
              newest = -1
            } else {
              for (
                let frame = ring.next(), sent = 1;
                frame !== undefined;
                frame = sent++ < step.frames ? ring.next() : undefined
              ) {
                expect(indexOf(frame.seq)).toBeGreaterThan(newest)
                newest = indexOf(frame.seq)
                everSent.add(newest)
              }
            }
          }
          for (const seq of drain(ring)) everSent.add(indexOf(seq))
          const lost = ring.takeLostMs() / 32
          for (let index = pushed - RING_FRAMES; index < pushed; index++)
            if (index >= 0) expect(everSent).toContain(index)
          expect(pushed - everSent.size).toBeLessThanOrEqual(lost)
        },
      ),
      { numRuns: 300 },
    )
  })
})
