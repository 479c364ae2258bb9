import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type CaptionText } from '../messaging/voice-state.ts'
import { CaptionPace } from './caption-pace.ts'

const delta = (text: string, audioMs: number): ServerMessage => ({
  type: 'transcript.delta',
  turn: 1,
  role: 'assistant',
  text,
  audioMs,
})
const COMPLETE: ServerMessage = { type: 'turn.complete', turn: 1, timings: {} }
const said = (text: string, change: Partial<CaptionText> = {}): CaptionText => ({
  text,
  final: false,
  interrupted: false,
  ...change,
})
const TEXT = 'one two three four five six '

/** An answer of 3 s, all of which is here: a word each half second. */
function arrived(): CaptionPace {
  const pace = new CaptionPace()
  pace.receive(delta(TEXT, 0), 0)
  pace.speech(1, 3000, 0)
  pace.receive(COMPLETE, 0)
  return pace
}

const shownAt = (pace: CaptionPace, nowMs: number, caption = said(TEXT.trim(), { final: true })) =>
  pace.pace(1, caption, nowMs).caption?.text

describe('CaptionPace', () => {
  it('shows no word before its sound begins, and each when it does', () => {
    const pace = arrived()
    expect(shownAt(pace, 0)).toBeUndefined()
    pace.played({ turn: 1, playedMs: 0, ended: false }, 100)
    expect(shownAt(pace, 100)).toBe('one')
    // Words that have as many letters as others take as long.
    expect(shownAt(pace, 300)).toBe('one')
    pace.played({ turn: 1, playedMs: 1500, ended: false }, 1600)
    expect(shownAt(pace, 1600)).toBe('one two three four')
    expect(pace.pace(1, said(TEXT, { final: true }), 1600).caption?.final).toBe(false)
  })

  it('says when the next word is due, and has it then', () => {
    const pace = arrived()
    pace.played({ turn: 1, playedMs: 400, ended: false }, 500)
    const { caption, nextMs = 0 } = pace.pace(1, said(TEXT), 500)
    expect(caption?.text).toBe('one two')
    expect(nextMs).toBeGreaterThan(0)
    pace.played({ turn: 1, playedMs: 400 + nextMs, ended: false }, 500 + nextMs)
    expect(shownAt(pace, 501 + nextMs)).toBe('one two three')
  })

  it('never flushes the rest before it was heard, and shows all of it once it was', () => {
    const pace = arrived()
    pace.played({ turn: 1, playedMs: 200, ended: false }, 0)
    // No more positions come: the sound stands still.
    expect(shownAt(pace, 60_000)).toBe('one two')
    pace.played({ turn: 1, playedMs: 3000, ended: true }, 60_000)
    const whole = said(TEXT.trim(), { final: true })
    expect(pace.pace(1, whole, 60_000)).toEqual({ caption: whole })
  })

  it('does not know the length of what is still being said, and does not run ahead of it', () => {
    const pace = new CaptionPace()
    pace.receive(delta('A clause of forty characters is said now', 0), 0)
    pace.speech(1, 40, 0)
    pace.played({ turn: 1, playedMs: 0, ended: false }, 0)
    expect(shownAt(pace, 0, said('A clause of forty characters is said now'))).toBe('A')
  })

  it('keeps exactly what was heard of an answer that was cut, at once and without the relay', () => {
    const pace = arrived()
    pace.played({ turn: 1, playedMs: 1100, ended: true }, 0)
    expect(pace.pace(1, said(TEXT.trim(), { final: true }), 0).caption).toEqual({
      text: 'one two',
      unheard: 'three four five six',
      final: true,
      interrupted: true,
    })
  })

  it('cuts where it is while the player has not answered, then where the relay says', () => {
    const pace = arrived()
    pace.played({ turn: 1, playedMs: 1000, ended: false }, 0)
    const cut = said(TEXT, { interrupted: true })
    expect(pace.pace(1, cut, 0).caption).toMatchObject({ text: 'one two', unheard: 'three four five six' })
    const final = said('one two three', { final: true, interrupted: true, unheard: 'four five six' })
    expect(pace.pace(1, final, 0)).toEqual({ caption: final })
  })

  it('cuts everything when the conversation stops', () => {
    const pace = arrived()
    pace.played({ turn: 1, playedMs: 1100, ended: false }, 0)
    pace.cut(0)
    expect(pace.pace(1, said(TEXT), 9999).caption).toMatchObject({ text: 'one two', interrupted: true })
  })

  it('shows words without sound: at once when there is none, after a second when nobody plays it', () => {
    const mute = new CaptionPace()
    mute.receive(delta('Written only.', 0), 0)
    expect(mute.pace(1, said('Written only.'), 10)).toEqual({ nextMs: 990 })
    mute.receive(COMPLETE, 20)
    expect(shownAt(mute, 20, said('Written only.'))).toBe('Written only.')

    const held = arrived()
    expect(shownAt(held, 999)).toBeUndefined()
    expect(shownAt(held, 1000)).toBe(TEXT.trim())
    // Sound that comes later takes nothing back.
    held.played({ turn: 1, playedMs: 0, ended: false }, 1500)
    expect(shownAt(held, 1500)).toBe(TEXT.trim())
  })

  it('leaves alone what it has not followed', () => {
    const other = said('Other words.', { final: true })
    expect(new CaptionPace().pace(1, other, 0)).toEqual({ caption: other })
    const pace = arrived()
    pace.played({ turn: 1, playedMs: 10, ended: false }, 0)
    expect(pace.pace(1, other, 0)).toEqual({ caption: other })
  })

  it('only grows while it is heard, and is always a beginning of what was said', () => {
    const pieces = fc.array(
      fc.record({ text: fc.stringMatching(/^[a-z ]{1,12}$/), durationMs: fc.integer({ min: 40, max: 800 }) }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(4000), { minLength: 2, maxLength: 8 }), (spoken, moments) => {
        const pace = new CaptionPace()
        let audioMs = 0
        for (const { text, durationMs } of spoken) {
          pace.receive(delta(text, audioMs), 0)
          audioMs += durationMs
          pace.speech(1, audioMs, 0)
        }
        const whole = said(spoken.map(({ text }) => text).join(''))
        let before = ''
        for (const playedMs of moments.toSorted((a, b) => a - b)) {
          pace.played({ turn: 1, playedMs: Math.min(playedMs, audioMs), ended: false }, playedMs)
          const shown = shownAt(pace, playedMs, whole) ?? ''
          expect(whole.text.startsWith(shown) && shown.startsWith(before)).toBe(true)
          before = shown
        }
      }),
    )
  })
})
