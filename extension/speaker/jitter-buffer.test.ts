import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FADE_SAMPLES } from './declick.ts'
import { BLOCK, counting, SimulatedLine, turnOver } from './simulated-line.ts'

const PER_MS = 24

describe('JitterBuffer', () => {
  it('hands out what came at once, whole and in order, turn after turn', () => {
    const sizes = fc.array(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(sizes, (turns) => {
        const listener = new SimulatedLine()
        const sent: number[] = []
        for (const [turn, chunks] of turns.entries()) {
          let position = 0
          for (const size of chunks) {
            const samples = counting(sent.length, size)
            sent.push(...samples)
            listener.buffer.push(turn, position / PER_MS, samples)
            position += size
          }
          listener.buffer.end(turn)
        }
        listener.render(Math.ceil(sent.length / BLOCK) + 1)
        expect(listener.heard().slice(0, sent.length)).toEqual(sent)
        const ends = listener.reports.filter((played) => played.ended)
        expect(ends.map((played) => played.turn)).toEqual(turns.map((_, turn) => turn))
        for (const [turn, chunks] of turns.entries()) {
          const durationMs = chunks.reduce((sum, size) => sum + size, 0) / PER_MS
          expect(ends[turn]?.playedMs).toBeCloseTo(durationMs)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('loses and reorders nothing on any line, and says each end once', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 10, maxLength: 40 })
    fc.assert(
      fc.property(delays, (delayMs) => {
        const listener = new SimulatedLine()
        listener.listen(
          1,
          turnOver(0, delayMs.length, (index) => delayMs[index] ?? 0),
        )
        // Samples that are not softened at a gap come out as themselves, one after the other.
        const heard = listener.heard().filter((sample) => sample > 0)
        const inOrder = heard.filter((sample, index) => sample % 30_000 === ((heard[index - 1] ?? 0) % 30_000) + 1)
        const softened = listener.buffer.underruns * (FADE_SAMPLES + 1)
        expect(inOrder.length).toBeGreaterThanOrEqual(delayMs.length * 960 - softened - 2)
        expect(listener.reports.filter((played) => played.ended)).toEqual([
          { turn: 1, playedMs: delayMs.length * 40, ended: true },
        ])
      }),
      { numRuns: 30 },
    )
  })

  it('starts at the first chunk when the sender is ahead, and within 10 ms when it is not', () => {
    const ahead = new SimulatedLine()
    ahead.buffer.push(1, 0, counting(0, 960))
    ahead.buffer.push(1, 40, counting(960, 960))
    ahead.render(1)
    expect(ahead.heard()[0]).toBe(1)

    const live = new SimulatedLine()
    live.buffer.push(1, 0, counting(0, 960))
    live.render(3)
    const silent = live.heard().findIndex((sample) => sample !== 0) / PER_MS
    expect(silent).toBeGreaterThan(0)
    expect(silent).toBeLessThanOrEqual(16)
  })

  it('stops running dry on a line with ±100 ms once it knows it', () => {
    const listener = new SimulatedLine()
    // A fixed shuffle of delays between 0 and 200 ms: the line swings by 100 ms either way.
    const delay = (index: number) => (index * 7919) % 201
    listener.listen(1, turnOver(0, 100, delay))
    const learning = listener.buffer.underruns
    expect(learning).toBeGreaterThan(0)
    for (let turn = 2; turn < 8; turn++) {
      listener.listen(
        turn,
        turnOver(listener.nowMs, 100, (index) => delay(index + turn * 13)),
      )
    }
    expect(listener.buffer.underruns).toBe(learning)
  })

  it('does not take a pause of the speaker for a bad line', () => {
    const listener = new SimulatedLine()
    const later = turnOver(4000, 30, () => 0).map((packet) => ({ ...packet, positionMs: packet.positionMs + 1200 }))
    listener.listen(1, [...turnOver(0, 30, () => 0), ...later])
    listener.buffer.push(2, 0, counting(0, 960))
    listener.render(4)
    expect(listener.heard().at(-1)).toBeGreaterThan(0)
  })

  it('falls silent within 64 samples of an interruption and says how much was heard', () => {
    const listener = new SimulatedLine()
    listener.buffer.push(3, 500, new Int16Array(24_000).fill(20_000))
    listener.buffer.push(3, 1500, new Int16Array(24_000).fill(20_000))
    listener.render(100)
    listener.buffer.interrupt(3)
    const last = listener.reports.at(-1)
    expect([last?.turn, last?.ended]).toEqual([3, true])
    expect(last?.playedMs).toBeCloseTo(500 + (100 * BLOCK) / PER_MS)
    expect(listener.buffer.queuedMs).toBe(0)
    const before = listener.heard().length
    listener.render(2)
    const after = listener.heard().slice(before)
    expect(after.slice(0, 64).every((sample, index) => sample < (after[index - 1] ?? 20_000))).toBe(true)
    expect(after.slice(64).every((sample) => sample === 0)).toBe(true)
  })

  it('keeps the turns after the interrupted one', () => {
    const listener = new SimulatedLine()
    listener.buffer.push(1, 0, counting(0, 9600))
    listener.buffer.push(2, 0, counting(9600, 960))
    listener.buffer.push(2, 40, counting(10_560, 960))
    listener.render(10)
    listener.buffer.interrupt(1)
    listener.buffer.end(2)
    const before = listener.heard().length
    listener.render(30)
    const after = listener.heard().slice(before)
    expect(after.slice(64, 1920)).toEqual([...counting(9664, 1856)])
  })

  it('answers an interruption of a turn nobody heard', () => {
    const listener = new SimulatedLine()
    listener.buffer.interrupt(5)
    expect(listener.reports).toEqual([{ turn: 5, playedMs: 0, ended: true }])
  })

  it('tells the position when it begins, five times a second and once at the end', () => {
    const listener = new SimulatedLine()
    listener.buffer.push(1, 0, counting(0, 12_000))
    listener.buffer.end(1)
    listener.render(100)
    expect(listener.reports.map((played) => [Math.round(played.playedMs / 100), played.ended])).toEqual([
      [0, false],
      [2, false],
      [4, false],
      [5, true],
    ])
  })

  it('ends a turn whose end comes after its last sample', () => {
    const listener = new SimulatedLine()
    listener.buffer.push(1, 0, counting(0, 2400))
    listener.render(30)
    expect(listener.reports.filter((played) => played.ended)).toEqual([])
    listener.buffer.end(1)
    listener.buffer.end(1)
    expect(listener.reports.filter((played) => played.ended)).toEqual([{ turn: 1, playedMs: 100, ended: true }])
  })

  it('drops what comes above five minutes and plays the rest', () => {
    const listener = new SimulatedLine()
    const minute = new Int16Array(60 * 24_000)
    for (let index = 0; index < 5; index++) expect(listener.buffer.push(1, index * 60_000, minute)).toBe(true)
    expect(listener.buffer.push(1, 300_000, counting(0, 1))).toBe(false)
    expect(listener.buffer.queuedMs).toBe(300_000)
  })
})
