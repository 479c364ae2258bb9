import { describe, expect, it } from 'vitest'
import { amountsOf, dayEndsAt, minutesOf, sumOf, usageDay, usedUp, withoutZeros } from './usage-day.ts'

describe('a day of usage', () => {
  it('begins and ends at midnight UTC', () => {
    const lastMs = Date.UTC(2026, 11, 31, 23, 59, 59, 999)
    expect(usageDay(lastMs)).toBe('2026-12-31')
    expect(dayEndsAt(lastMs)).toBe('2027-01-01T00:00:00.000Z')
    expect(usageDay(lastMs + 1)).toBe('2027-01-01')
    expect(dayEndsAt(lastMs + 1)).toBe('2027-01-02T00:00:00.000Z')
  })

  it('adds up what is known and nothing else', () => {
    const sums = sumOf(amountsOf({ frames: 2, spend: 0.5, unknown: 9 }), { frames: 1, microphoneMs: 32 })
    expect(withoutZeros(sums)).toEqual({ frames: 3, spend: 0.5, microphoneMs: 32 })
  })

  it('counts sound both ways', () => {
    expect(minutesOf(amountsOf({ microphoneMs: 90_000, speechMs: 30_000 }))).toBe(2)
  })

  it.each([
    [{ microphoneMs: 59_999 }, { minutes: 1 }, undefined],
    [{ microphoneMs: 30_000, speechMs: 30_000 }, { minutes: 1 }, 'minutes'],
    [{ microphoneMs: 1e9, spend: 0.99 }, { spend: 1 }, undefined],
    [{ spend: 1 }, { spend: 1 }, 'spend'],
    [{ spend: 1, microphoneMs: 60_000 }, { spend: 1, minutes: 1 }, 'minutes'],
    [{ spend: 1e9, microphoneMs: 1e12 }, {}, undefined],
    [{}, { minutes: 0 }, 'minutes'],
  ] as const)('%j of %j: %s', (amounts, limits, expected) => {
    expect(usedUp(amountsOf(amounts), limits)).toBe(expected)
  })
})
