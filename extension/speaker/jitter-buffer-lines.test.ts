import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FADE_SAMPLES } from './declick.ts'
import { SimulatedLine, turnOver } from './simulated-line.ts'

/** 4 s of speech. */
const CHUNKS = 100

/** Numbers from 0 to 1, the same for each seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Course {
  readonly line: SimulatedLine
  /** Underruns of each turn. */
  readonly underruns: number[]
  /** From the first chunk of each turn to its first sound, ms. */
  readonly startsMs: number[]
}

/** @param lineOf says of each turn how late each chunk is, and when it is sent (in real time unless said), ms */
function converse(
  turns: number,
  lineOf: (turn: number) => { late: (index: number) => number; sent?: (index: number) => number },
): Course {
  const course: Course = { line: new SimulatedLine(), underruns: [], startsMs: [] }
  const { line } = course
  for (let turn = 1; turn <= turns; turn++) {
    const { late, sent } = lineOf(turn)
    const before = line.buffer.underruns
    course.startsMs.push(line.listen(turn, turnOver(line.nowMs, CHUNKS, late, sent)))
    course.underruns.push(line.buffer.underruns - before)
  }
  return course
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
const seeds = Array.from({ length: 25 }, (_, index) => index + 1)

describe('JitterBuffer on lines', () => {
  it('waits no three render blocks on a quiet line, and never runs dry there', () => {
    const { startsMs, underruns } = converse(6, () => ({ late: () => 0 }))
    expect(Math.max(...startsMs)).toBeLessThan(17)
    expect(sum(underruns)).toBe(0)
  })

  it('never runs dry with ±100 ms once it heard one turn, whatever the delays are', () => {
    for (const seed of seeds) {
      const random = randomFrom(seed)
      const { startsMs, underruns } = converse(6, () => ({ late: () => random() * 200 }))
      expect(sum(underruns.slice(1)), `seed ${seed}`).toBe(0)
      // The line swings by 200 ms: it may cost that and its margin, not more.
      expect(Math.max(...startsMs.slice(1))).toBeLessThan(260)
    }
  })

  it('starts at once when the brain speaks faster than it is heard', () => {
    const random = randomFrom(1)
    const { startsMs, underruns } = converse(6, () => ({
      late: () => random() * 5,
      sent: (index) => Math.floor(index / 10) * 100,
    }))
    expect(Math.max(...startsMs)).toBeLessThanOrEqual(6)
    expect(sum(underruns)).toBe(0)
  })

  it('runs dry once on bursts that come just in time, then never again', () => {
    const random = randomFrom(2)
    const { underruns } = converse(6, () => ({
      late: () => random() * 5,
      sent: (index) => Math.floor(index / 10) * 400,
    }))
    expect(underruns[0]).toBeLessThanOrEqual(1)
    expect(sum(underruns.slice(1))).toBe(0)
  })

  it('makes few gaps, and longer ones, when the brain speaks slower than it is heard', () => {
    // A tenth too slow: 4 s of speech take 4.4 s. Every chunk of it would come after its time.
    const { underruns } = converse(4, () => ({ late: () => 0, sent: (index) => index * 44 }))
    expect(underruns[0]).toBeLessThanOrEqual(5)
    expect(sum(underruns.slice(1))).toBe(0)
  })

  it('survives spikes of a wireless line with a gap for each at most', () => {
    for (const seed of seeds) {
      const random = randomFrom(seed)
      let spikes = 0
      const late = () => {
        if (random() >= 0.01) return random() * 8
        spikes++
        return 150 + random() * 150
      }
      const { underruns } = converse(6, () => ({ late }))
      expect(sum(underruns), `seed ${seed}`).toBeLessThanOrEqual(Math.max(2, spikes / 2))
    }
  })

  it('shrinks again once the line is good', () => {
    const random = randomFrom(3)
    const { startsMs } = converse(12, (turn) => ({ late: () => (turn <= 3 ? random() * 200 : 0) }))
    expect(startsMs[3]).toBeGreaterThan(150)
    expect(startsMs[11]).toBeLessThanOrEqual(22)
  })

  it('grows in the pauses of a turn, before it runs dry', () => {
    const line = new SimulatedLine()
    // Words of 300 ms with 100 ms of silence between them; each comes 8 ms later than the one before, never too late.
    const packets = turnOver(
      0,
      50,
      () => 0,
      (index) => index * 40 + Math.min(9, index / 4) + (index > 30 ? 12 : 0),
    )
    for (const [index, packet] of packets.entries()) if (index % 10 >= 7) packet.samples.fill(0)
    line.listen(1, packets)
    expect(line.buffer.underruns).toBe(0)
  })

  it('plays every sample once and in order on any line, and its position only grows', () => {
    const late = fc.array(fc.integer({ min: 0, max: 1400 }), { minLength: 10, maxLength: 60 })
    const paces = fc.constantFrom(10, 36, 40, 44, 60)
    fc.assert(
      fc.property(late, paces, (lateMs, paceMs) => {
        const line = new SimulatedLine()
        line.listen(
          1,
          turnOver(
            0,
            lateMs.length,
            (index) => lateMs[index] ?? 0,
            (index) => index * paceMs,
          ),
        )
        const total = lateMs.length * 960
        // Samples softened at a seam are not themselves; all others follow each other.
        const heard = line.heard().filter((sample) => sample > 0)
        const inOrder = heard.filter((sample, index) => sample % 30_000 === ((heard[index - 1] ?? 0) % 30_000) + 1)
        expect(inOrder.length).toBeGreaterThanOrEqual(total - line.buffer.underruns * (2 * FADE_SAMPLES + 2) - 2)
        expect(heard.length).toBeLessThanOrEqual(total + (line.buffer.underruns + 1) * FADE_SAMPLES)
        const positions = line.reports.map((report) => report.playedMs)
        expect(positions).toEqual(positions.toSorted((a, b) => a - b))
        expect(positions.at(-1)).toBeCloseTo(total / 24)
      }),
      { numRuns: 40 },
    )
  })
})

describe('leaving', () => {
  it('goes at the next pause between words, and says to the sample where', () => {
    const line = new SimulatedLine()
    const speech = Int16Array.from({ length: 24_000 }, (_, index) => (index % 9600 < 7200 ? 5000 : 0))
    line.buffer.push(1, 0, speech)
    line.buffer.end(1)
    line.render(20)
    line.buffer.leave()
    line.render(100)
    const last = line.heard().findLastIndex((sample) => sample !== 0)
    const spokenMs = (last + 1) / 24
    const { turn, playedMs } = line.left[0] ?? { turn: 0, playedMs: 0 }
    expect(turn).toBe(1)
    // In the pause that follows the word, which is 100 ms long.
    expect(playedMs).toBeGreaterThanOrEqual(spokenMs)
    expect(playedMs).toBeLessThan(400)
    expect(line.buffer.queuedMs).toBe(0)
    expect(line.reports.filter((report) => report.ended)).toEqual([])
  })

  it('does not wait longer than 1.5 s for a pause, and goes on elsewhere with the next sample', () => {
    const line = new SimulatedLine()
    for (let second = 0; second < 4; second++) line.buffer.push(1, second * 1000, new Int16Array(24_000).fill(3000))
    line.render(10)
    line.buffer.leave()
    line.render(400)
    const heard = line.heard().filter((sample) => sample === 3000).length
    expect((line.left[0]?.playedMs ?? 0) * 24).toBeCloseTo(heard + line.heard().findIndex((s) => s === 3000), -2)
    expect(line.left[0]?.playedMs).toBeLessThan(1600)
    line.buffer.push(2, 0, new Int16Array(960).fill(2000))
    line.buffer.end(2)
    line.render(20)
    expect(line.reports.at(-1)).toEqual({ turn: 2, playedMs: 40, ended: true })
  })

  it('leaves at once where nothing sounds', () => {
    const line = new SimulatedLine()
    line.buffer.leave()
    line.render(1)
    expect(line.left).toEqual([{ turn: 0, playedMs: 0 }])
  })
})
