import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TurnTaking, type TurnEffect, type TurnTakingRules } from './turn-taking.ts'

const AUTOMATIC: TurnTakingRules = { mode: 'automatic', threshold: 0.5, minSpeechMs: 96, silenceMs: 350 }
const MANUAL: TurnTakingRules = { ...AUTOMATIC, mode: 'manual' }
const FRAME = 512

function hear(turns: TurnTaking, probabilities: readonly number[], assistantSpeaking = false): TurnEffect[] {
  return probabilities.flatMap((probability) => turns.handle({ type: 'frame', probability, assistantSpeaking }))
}

function frames(count: number, probability: number): number[] {
  return Array.from({ length: count }, () => probability)
}

describe('TurnTaking, automatic', () => {
  it('starts after 96 ms of speech, with 300 ms from before it', () => {
    const turns = new TurnTaking(AUTOMATIC)
    expect(hear(turns, frames(20, 0.01))).toEqual([])
    expect(hear(turns, frames(2, 0.9))).toEqual([])
    expect(hear(turns, [0.9])).toEqual([{ type: 'speechStarted', at: 20 * FRAME - 4800 }])
    expect(turns.userSpeaking).toBe(true)
  })

  it('never keeps sound from before the stream began', () => {
    expect(hear(new TurnTaking(AUTOMATIC), frames(3, 0.9))).toEqual([{ type: 'speechStarted', at: 0 }])
  })

  it('guesses after 160 ms of silence and ends after 350', () => {
    const turns = new TurnTaking(AUTOMATIC)
    hear(turns, frames(10, 0.9))
    expect(hear(turns, frames(4, 0))).toEqual([])
    expect(hear(turns, frames(1, 0))).toEqual([{ type: 'speculate', to: 15 * FRAME }])
    expect(hear(turns, frames(5, 0))).toEqual([])
    expect(hear(turns, frames(1, 0))).toEqual([{ type: 'speechEnded', to: 21 * FRAME }])
    expect(turns.userSpeaking).toBe(false)
  })

  it('throws the guess away when the user goes on', () => {
    const turns = new TurnTaking(AUTOMATIC)
    hear(turns, frames(10, 0.9))
    expect(hear(turns, [...frames(5, 0), 0.9]).map((effect) => effect.type)).toEqual(['speculate', 'speculationStale'])
    expect(hear(turns, frames(11, 0)).map((effect) => effect.type)).toEqual(['speculate', 'speechEnded'])
  })

  it('takes a short click for nothing', () => {
    expect(hear(new TurnTaking(AUTOMATIC), [0, 0.9, 0.9, 0, 0.9, 0.9, 0])).toEqual([])
  })

  it('wants louder and longer speech while the assistant speaks', () => {
    const turns = new TurnTaking(AUTOMATIC)
    expect(hear(turns, frames(40, 0.75), true)).toEqual([])
    expect(hear(turns, frames(7, 0.95), true)).toEqual([])
    expect(hear(turns, frames(1, 0.95), true)).toHaveLength(1)
  })

  it('ends at once when the microphone pauses, and forgets half a word', () => {
    const turns = new TurnTaking(AUTOMATIC)
    hear(turns, frames(8, 0.9))
    expect(turns.handle({ type: 'audioStreamEnd', at: 8 * FRAME })).toEqual([{ type: 'speechEnded', to: 8 * FRAME }])
    hear(turns, frames(2, 0.9))
    expect(turns.handle({ type: 'audioStreamEnd', at: 10 * FRAME })).toEqual([])
    expect(hear(turns, [0.9])).toEqual([])
  })

  it('does not listen to signals of the other mode', () => {
    const turns = new TurnTaking(AUTOMATIC)
    expect(turns.handle({ type: 'activityStart', at: 0 })).toEqual([])
    expect(turns.userSpeaking).toBe(false)
  })
})

describe('TurnTaking, manual', () => {
  it('does as the client says', () => {
    const turns = new TurnTaking(MANUAL)
    expect(turns.handle({ type: 'activityStart', at: 0 })).toEqual([{ type: 'speechStarted', at: 0 }])
    expect(turns.handle({ type: 'activityStart', at: 5 })).toEqual([])
    expect(turns.handle({ type: 'audioStreamEnd', at: 9 })).toEqual([])
    expect(turns.handle({ type: 'activityEnd', at: 9 })).toEqual([{ type: 'speechEnded', to: 9 }])
    expect(turns.handle({ type: 'activityEnd', at: 9 })).toEqual([])
  })
})

describe('TurnTaking, whatever comes', () => {
  const input = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), busy: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.constant('pause' as const) },
  )

  it('alternates start and end, guesses at most once in between, and never goes back in time', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 300 }), fc.integer({ min: 0, max: 2000 }), (inputs, silenceMs) => {
        const turns = new TurnTaking({ ...AUTOMATIC, silenceMs })
        let position = 0
        const effects = inputs.flatMap((item) => {
          if (item === 'pause') return turns.handle({ type: 'audioStreamEnd', at: position })
          position += FRAME
          return turns.handle({ type: 'frame', probability: item.probability, assistantSpeaking: item.busy })
        })
        const order = effects.map((effect) => effect.type).join(' ')
        const turn = 'speechStarted( speculate speculationStale)*( speculate)? speechEnded'
        const open = 'speechStarted( speculate speculationStale)*( speculate)?'
        expect(order).toMatch(new RegExp(`^(${turn}( |$))*(${open})?$`))
        const ends = effects.filter((effect) => effect.type === 'speechEnded').map((effect) => effect.to)
        expect(ends).toEqual([...ends].sort((a, b) => a - b))
        expect(ends.every((to) => to <= position)).toBe(true)
        expect(turns.userSpeaking).toBe(effects.length > 0 && effects.at(-1)?.type !== 'speechEnded')
      }),
    )
  })
})
