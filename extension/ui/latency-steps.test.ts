import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerDelayMs, latencySteps } from './latency-steps.ts'

describe('latencySteps', () => {
  it('goes from the last word to the first sound, each step from where the one before ended', () => {
    const steps = latencySteps({
      timings: {
        speechEnd: 0,
        inputFinal: 150,
        tools: [{ callId: 'c', name: 'read_page', toolStart: 200, toolEnd: 260 }],
        firstAudioUpstream: 500,
        firstAudioSent: 502,
      },
      firstAudioReceived: 504,
      firstSound: 570,
    })
    expect(steps.map(({ key, fromMs, toMs }) => [key, fromMs, toMs])).toEqual([
      ['inputFinal', 0, 150],
      ['tool', 200, 260],
      ['firstAudioUpstream', 260, 500],
      ['firstAudioSent', 500, 502],
      ['firstAudioReceived', 502, 504],
      ['firstSound', 504, 570],
    ])
  })

  it('leaves out what is not known, and never runs backwards', () => {
    const mark = fc.option(fc.integer({ min: -50, max: 5000 }), { nil: undefined })
    fc.assert(
      fc.property(mark, mark, mark, mark, mark, (inputFinal, upstream, sent, received, sound) => {
        const steps = latencySteps({
          timings: {
            ...(inputFinal === undefined ? {} : { inputFinal }),
            ...(upstream === undefined ? {} : { firstAudioUpstream: upstream }),
            ...(sent === undefined ? {} : { firstAudioSent: sent }),
          },
          ...(received === undefined ? {} : { firstAudioReceived: received }),
          ...(sound === undefined ? {} : { firstSound: sound }),
        })
        const understood = inputFinal !== undefined && inputFinal > 0 ? inputFinal : undefined
        expect(steps).toHaveLength(
          [understood, upstream, sent, received, sound].filter((at) => at !== undefined).length,
        )
        for (const { fromMs, toMs } of steps) {
          expect(fromMs).toBeGreaterThanOrEqual(0)
          expect(toMs).toBeGreaterThanOrEqual(fromMs)
        }
      }),
    )
  })

  it('names the delay by the last mark that is known', () => {
    expect(answerDelayMs({ timings: { firstAudioSent: 5 }, firstAudioReceived: 6, firstSound: 7 })).toBe(7)
    expect(answerDelayMs({ timings: { firstAudioSent: 5 } })).toBe(5)
    expect(answerDelayMs({ timings: {} })).toBeUndefined()
  })
})
