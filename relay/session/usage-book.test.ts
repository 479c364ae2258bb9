import { describe, expect, it, onTestFinished } from 'vitest'
import { createLogger } from '../logger.ts'
import { StoreError } from '../store/key-value.ts'
import { MemoryJournal } from '../store/memory-journal.ts'
import { FREE, pricesOf } from './token-price.ts'
import { UsageBook } from './usage-book.ts'
import { type DailyLimits, type LimitReached } from './usage-day.ts'

const SECOND_OF_MICROPHONE = 32_000
const SECOND_OF_SPEECH = 48_000
const LATE = Date.UTC(2026, 10, 22, 23, 59)
const SILENT = createLogger('silent', { write: () => undefined })

/** An instance; several may share a journal. */
function stage(limits: DailyLimits = {}, journal = new MemoryJournal()) {
  const at = { now: LATE }
  const broken = { isAway: false }
  const asked: string[] = []
  const addUp: MemoryJournal['addUp'] = (owner, period, amounts, ttlMs) => {
    if (broken.isAway) return Promise.reject(new StoreError('away'))
    asked.push(owner)
    return journal.addUp(owner, period, amounts, ttlMs)
  }
  const book = new UsageBook({ journal: { addUp }, limits, logger: SILENT, now: () => at.now })
  onTestFinished(() => book.close())
  const told: LimitReached[] = []
  const open = (owner = 'me') => book.open(owner, FREE, (reached) => told.push(reached))
  const stored = (day = '2026-11-22', owner = 'me') => journal.addUp(owner, day, {}, 1)
  return { at, broken, asked, book, told, open, stored, journal }
}

describe('UsageBook', () => {
  it('stores what was used, once', async () => {
    const { book, stored, asked } = stage()
    const meter = book.open('me', pricesOf('gemini'), () => undefined)
    meter.microphone(SECOND_OF_MICROPHONE)
    meter.microphone(SECOND_OF_MICROPHONE / 2)
    meter.speech(SECOND_OF_SPEECH * 2)
    meter.frame()
    meter.tokens({ promptTokens: 1_000_000, responseTokens: 0 })
    await meter.flush()
    await meter.close()
    await book.flush()
    expect(await stored()).toEqual({ microphoneMs: 1500, speechMs: 2000, frames: 1, audioIn: 1_000_000, spend: 3 })
    expect(asked).toHaveLength(1)
  })

  it('adds the conversations of one user up, and keeps users apart', async () => {
    const { open, stored } = stage()
    const meters = [open(), open(), open('other')]
    for (const meter of meters) meter.frame()
    await Promise.all(meters.map((meter) => meter.close()))
    expect(await stored()).toEqual({ frames: 2 })
    expect(await stored('2026-11-22', 'other')).toEqual({ frames: 1 })
  })

  it('keeps what could not be stored, and adds it to the next', async () => {
    const { open, stored, broken } = stage()
    const meter = open()
    broken.isAway = true
    meter.frame()
    await meter.flush()
    meter.frame()
    await meter.flush()
    expect(await stored()).toEqual({})
    broken.isAway = false
    meter.frame()
    await meter.flush()
    expect(await stored()).toEqual({ frames: 3 })
  })

  it('keeps it also when the conversation is over', async () => {
    const { open, stored, broken, book } = stage()
    const meter = open()
    meter.frame()
    broken.isAway = true
    await meter.close()
    broken.isAway = false
    await book.flush()
    expect(await stored()).toEqual({ frames: 1 })
  })

  it('stores what came while it was storing', async () => {
    const { open, stored } = stage()
    const meter = open()
    meter.frame()
    const first = meter.flush()
    meter.frame()
    const closed = meter.close()
    await Promise.all([first, closed])
    expect(await stored()).toEqual({ frames: 2 })
  })

  it('counts for the day on which it was used', async () => {
    const { open, stored, at } = stage()
    const meter = open()
    meter.frame()
    at.now += 60_000
    meter.frame()
    meter.frame()
    await meter.close()
    expect(await stored('2026-11-22')).toEqual({ frames: 1 })
    expect(await stored('2026-11-23')).toEqual({ frames: 2 })
  })
})

describe('a daily limit', () => {
  it('is told once, as soon as it is used up, with the time it ends', () => {
    const { open, told } = stage({ minutes: 1 })
    const [meter, other] = [open(), open()]
    meter.microphone(SECOND_OF_MICROPHONE * 30)
    other.speech(SECOND_OF_SPEECH * 29)
    expect(told).toEqual([])
    other.speech(SECOND_OF_SPEECH)
    other.speech(SECOND_OF_SPEECH)
    const reached = { limit: 'minutes', resetsAt: '2026-11-23T00:00:00.000Z' }
    expect(told).toEqual([reached, reached])
  })

  it('is known at the start, from what other instances counted', async () => {
    const here = stage({ minutes: 1 })
    const there = stage({ minutes: 1 }, here.journal)
    const meter = here.open()
    expect(await meter.begin()).toBeUndefined()
    meter.microphone(SECOND_OF_MICROPHONE * 60)
    await meter.flush()
    expect(await there.open().begin()).toEqual({ limit: 'minutes', resetsAt: '2026-11-23T00:00:00.000Z' })
    expect(there.told).toEqual([])
    expect(await there.open('other').begin()).toBeUndefined()
  })

  it('is noticed when it is used up elsewhere', async () => {
    const here = stage({ spend: 1 })
    const there = stage({ spend: 1 }, here.journal)
    const [mine, theirs] = [here.book.open('me', pricesOf('gemini'), () => undefined), there.open()]
    mine.tokens({ responseTokens: 90_000 })
    await mine.flush()
    theirs.frame()
    await theirs.flush()
    expect(there.told).toMatchObject([{ limit: 'spend' }])
  })

  it('is new with a new day', async () => {
    const { open, told, at } = stage({ minutes: 1 })
    const meter = open()
    meter.speech(SECOND_OF_SPEECH * 60)
    await meter.flush()
    at.now += 60_000
    expect(await meter.begin()).toBeUndefined()
    meter.speech(SECOND_OF_SPEECH * 59)
    expect(told).toHaveLength(1)
    meter.speech(SECOND_OF_SPEECH)
    expect(told.map(({ resetsAt }) => resetsAt)).toEqual(['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'])
  })

  it('is not told to a conversation that is over, and lets one begin while the store is away', async () => {
    const { open, told, broken } = stage({ minutes: 1 })
    const over = open()
    const meter = open()
    await over.close()
    broken.isAway = true
    expect(await meter.begin()).toBeUndefined()
    meter.speech(SECOND_OF_SPEECH * 60)
    expect(told).toHaveLength(1)
    expect(await open().begin()).toMatchObject({ limit: 'minutes' })
  })
})
