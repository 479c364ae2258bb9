import { describe, expect, it } from 'vitest'
import { TurnClock } from './turn-clock.ts'

describe('a turn clock', () => {
  it('counts from the end of speech', () => {
    const clock = new TurnClock()
    clock.speechEnded(1000)
    clock.mark('inputFinal', 1200.4)
    clock.toolStarted('c1', 'read_page', 1300)
    clock.toolEnded('c1', 1450)
    clock.toolStarted('c2', 'read_page', 1460)
    clock.mark('firstAudioUpstream', 1500)
    clock.mark('firstAudioSent', 1501)
    expect(clock.timings()).toEqual({
      speechEnd: 0,
      inputFinal: 200,
      firstAudioUpstream: 500,
      firstAudioSent: 501,
      tools: [
        { callId: 'c1', name: 'read_page', toolStart: 300, toolEnd: 450 },
        { callId: 'c2', name: 'read_page', toolStart: 460 },
      ],
    })
  })

  it('keeps the first of every mark', () => {
    const clock = new TurnClock()
    clock.speechEnded(0)
    clock.speechEnded(500)
    clock.mark('firstAudioSent', 700)
    clock.mark('firstAudioSent', 900)
    clock.toolStarted('c1', 't', 100)
    clock.toolEnded('c1', 200)
    clock.toolEnded('c1', 300)
    clock.toolEnded('unknown', 300)
    expect(clock.timings()).toMatchObject({ firstAudioSent: 700, tools: [{ toolEnd: 200 }] })
  })

  it('has no marks without a zero', () => {
    const clock = new TurnClock()
    clock.mark('firstAudioSent', 700)
    expect(clock.timings()).toEqual({})
  })

  it('never counts backwards', () => {
    const clock = new TurnClock()
    clock.mark('inputFinal', 900)
    clock.speechEnded(1000)
    expect(clock.timings()).toEqual({ speechEnd: 0, inputFinal: 0 })
  })
})
