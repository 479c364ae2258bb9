import { describe, expect, it } from 'vitest'
import { pcm16ToBytes } from '../../shared/audio/pcm16.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { SilentSpeaker } from './silent-speaker.ts'

/** 24 samples are 1 ms. */
function speech(turn: number, ms: number, value = 1): SpeechFrame {
  const payload = pcm16ToBytes(new Int16Array(ms * 24).fill(value))
  return { kind: 'speech', turn, seq: 0, timeMs: 0, payload }
}

describe('SilentSpeaker', () => {
  it('plays what comes faster than real time one after the other', () => {
    const speaker = new SilentSpeaker()
    speaker.play(speech(1, 100), 1000)
    speaker.play(speech(1, 100), 1010)
    expect(speaker.busyUntilMs).toBe(1200)
    expect(speaker.playedMs(1, 1150)).toBe(150)
    expect(speaker.playedMs(1, 5000)).toBe(200)
  })

  it('counts no silence between stretches as played', () => {
    const speaker = new SilentSpeaker()
    speaker.play(speech(1, 100), 1000)
    speaker.play(speech(1, 100), 2000)
    expect(speaker.playedMs(1, 1500)).toBe(100)
    expect(speaker.playedMs(1, 2050)).toBe(150)
  })

  it('keeps of an interrupted answer what was heard, and is silent at once', () => {
    const speaker = new SilentSpeaker()
    speaker.play(speech(1, 1000), 0)
    expect(speaker.interrupt(1, 250)).toBe(250)
    expect(speaker.busyUntilMs).toBe(250)
    expect(speaker.playedMs(1, 900)).toBe(250)
    expect(speaker.recording()).toHaveLength(250 * 24)
  })

  it('records the answers in order with half a second between them', () => {
    const speaker = new SilentSpeaker()
    speaker.play(speech(1, 10, 7), 0)
    speaker.play(speech(2, 10, 8), 1000)
    const recording = speaker.recording()
    expect(recording).toHaveLength((10 + 500 + 10) * 24)
    expect([recording[0], recording[10 * 24], recording.at(-1)]).toEqual([7, 0, 8])
  })

  it('knows nothing of turns without sound', () => {
    const speaker = new SilentSpeaker()
    expect(speaker.playedMs(3, 10)).toBeUndefined()
    expect(speaker.interrupt(3, 10)).toBe(0)
    expect(speaker.recording()).toHaveLength(0)
  })
})
