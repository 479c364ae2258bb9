import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../logger.ts'
import { type TurnSink, Turns } from './turns.ts'
import { Watchdog } from './watchdog.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const PATIENCE = { cutAnswerMs: 2_000, toolAnswerMs: 8_000, answerMs: 12_000, answerEndMs: 20_000 }

const DEAF: TurnSink = {
  started: () => undefined,
  words: () => undefined,
  answerBegan: () => undefined,
  interrupted: () => undefined,
  userSaid: () => undefined,
  answered: () => undefined,
  completed: () => undefined,
}

function stage(slowness = 1) {
  const turns = new Turns(DEAF)
  const state = { lastSpeechAtMs: -Infinity }
  const silent: number[] = []
  const watchdog = new Watchdog({
    turns,
    patience: PATIENCE,
    slowness: () => slowness,
    lastSpeechAtMs: () => state.lastSpeechAtMs,
    onSilence: (turn) => silent.push(turn.id),
    logger: createLogger('silent', { write: () => undefined }),
  })
  watchdog.setPaused(false)
  /** Something happened in the conversation; the brain said so unless `quietly`. */
  const happen = (what: () => unknown, quietly = false) => {
    if (!quietly) watchdog.heard()
    what()
    watchdog.look()
  }
  return { turns, state, silent, watchdog, happen }
}

describe('a brain that owes an answer', () => {
  it('may take its time since it last said anything, and no longer', () => {
    const { turns, silent, happen } = stage()
    happen(() => turns.userWords('what ', false))
    vi.advanceTimersByTime(11_000)
    happen(() => turns.userWords('time is it', false))
    vi.advanceTimersByTime(11_999)
    expect(silent).toEqual([])
    vi.advanceTimersByTime(2)
    expect(silent).toEqual([1])
  })

  it('is not asked for one while the user still speaks or holds the button', () => {
    const { turns, state, silent, happen } = stage()
    state.lastSpeechAtMs = Infinity
    happen(() => turns.userWords('well', false))
    vi.advanceTimersByTime(60_000)
    expect(silent).toEqual([])
    state.lastSpeechAtMs = performance.now()
    vi.advanceTimersByTime(11_999)
    expect(silent).toEqual([])
    vi.advanceTimersByTime(2)
    expect(silent).toEqual([1])
  })

  it('owes none for noise', () => {
    const { turns, silent, happen } = stage()
    happen(() => turns.userWords(' ', false))
    happen(() => turns.userWords('', true))
    vi.advanceTimersByTime(60_000)
    expect(silent).toEqual([])
  })

  it('may think longer where the model does', () => {
    const { turns, silent, happen } = stage(3)
    happen(() => turns.typed('t', 'why?', 0), true)
    vi.advanceTimersByTime(35_999)
    expect(silent).toEqual([])
    vi.advanceTimersByTime(2)
    expect(silent).toEqual([1])
  })

  it('owes it after an interruption that was none, too', () => {
    const { turns, silent, happen } = stage()
    happen(() => turns.userWords('what time is it', true))
    happen(() => turns.brainInterrupted())
    vi.advanceTimersByTime(2_000 + 12_001)
    expect(silent).toEqual([1])
  })

  it('does not while a tool runs, and does after its answer', () => {
    const { turns, silent, happen } = stage()
    happen(() => turns.userWords('read this', true))
    happen(() => turns.toolCalled())
    vi.advanceTimersByTime(60_000)
    expect(silent).toEqual([])
    happen(() => turns.toolSettled(turns.open!, true), true)
    vi.advanceTimersByTime(12_001)
    expect(silent).toEqual([1])
  })

  it('owes nothing while it is away or not read', () => {
    const { turns, silent, watchdog, happen } = stage()
    happen(() => turns.typed('t', 'why?', 0), true)
    watchdog.setPaused(true)
    vi.advanceTimersByTime(120_000)
    expect(silent).toEqual([])
    watchdog.setPaused(false)
    vi.advanceTimersByTime(12_001)
    expect(silent).toEqual([1])
  })
})

describe('an answer without an end', () => {
  it('is ended for the brain when it was generated and must have been played', () => {
    const { turns, silent, happen } = stage()
    happen(() => turns.typed('t', 'why?', 0), true)
    happen(() => {
      const turn = turns.answerAudio(30_000)!
      turn.firstSentAtMs = performance.now()
    })
    happen(() => turns.generationComplete())
    vi.advanceTimersByTime(49_999)
    expect(turns.open).toBeDefined()
    vi.advanceTimersByTime(2)
    expect(turns.open).toBeUndefined()
    expect(silent).toEqual([])
  })

  it('that stops in the middle means that the brain is stuck', () => {
    const { turns, silent, happen } = stage()
    happen(() => turns.answerWords('Well,'))
    vi.advanceTimersByTime(20_001)
    expect(silent).toEqual([1])
  })

  it('leaves no timer behind', () => {
    const { turns, watchdog, happen } = stage()
    happen(() => turns.answerWords('Well,'))
    watchdog.setPaused(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})
