import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type CaptionTurn } from '../messaging/voice-state.ts'
import { type Speaker, type SpeakerOptions } from '../speaker/speaker.ts'
import { Answers } from './answers.ts'

const COMPLETE: ServerMessage = { type: 'turn.complete', turn: 1, timings: {} }
const TURN: CaptionTurn = {
  key: 's:1',
  turn: 1,
  tools: [],
  assistant: { text: 'It is ten past four.', final: true, interrupted: false },
}

/** Answers with a panel that heard turn 1 to its end, and everything that left them. */
function heardOnce() {
  const sent: ClientMessage[] = []
  const told: string[] = []
  const speakers: { readonly played: string[]; readonly options: SpeakerOptions; closed: boolean }[] = []
  const answers = new Answers({
    post: () => undefined,
    openSpeaker: (options): Speaker => {
      const speaker = { played: [] as string[], options, closed: false }
      speakers.push(speaker)
      return {
        play: (turn, positionMs) => speaker.played.push(`${turn} ${positionMs}`),
        end: () => speaker.played.push('end'),
        interrupt: () => undefined,
        leave: () => Promise.resolve({ turn: 0, playedMs: 0 }),
        breakOff: () => ({ turn: 0, playedMs: 0 }),
        use: () => undefined,
        resume: () => undefined,
        tap: () => {
          throw new Error('not in a test')
        },
        close: () => {
          speaker.closed = true
          return Promise.resolve()
        },
      }
    },
    send: (message) => sent.push(message),
    tell: (event) => told.push(`${event.type} ${event.turn}`),
    roundTripMs: () => undefined,
    onChange: () => undefined,
  })
  answers.outlet.panelOpened(1)
  answers.began(1)
  hear(answers, 1, 0)
  hear(answers, 1, 40)
  answers.receive(COMPLETE)
  answers.outlet.panelPlayed({ turn: 1, playedMs: 80, ended: true })
  sent.length = 0
  told.length = 0
  const soundNow = () => answers.shown([TURN])[0]?.sound
  return { answers, sent, told, speakers, soundNow }
}

function hear(answers: Answers, turn: number, timeMs: number): void {
  answers.hear({ kind: 'speech', seq: 1, turn, timeMs, payload: new Uint8Array(1920) })
}

describe('an answer that is said again', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is played in this document from its beginning, and the relay hears nothing of it', () => {
    const { answers, sent, told, speakers, soundNow } = heardOnce()
    expect(soundNow()).toBe('kept')
    expect(answers.playAgain(1)).toBe(true)
    expect(speakers[0]?.played).toEqual(['1 0', '1 40', 'end'])
    expect(soundNow()).toBe('replaying')
    speakers[0]?.options.onPlayed(1, 80, true)
    expect([soundNow(), speakers[0]?.closed]).toEqual(['kept', true])
    expect(told).toEqual(['speech -1', 'spoken -1'])
    expect(sent).toEqual([])
  })

  it.each<[string, (answers: Answers) => void]>([
    ['a stop', (answers) => answers.silence()],
    ['a new turn', (answers) => answers.began(2)],
    ['a new answer', (answers) => hear(answers, 2, 0)],
    ['the end of the conversation', (answers) => answers.stop()],
    ['a person who speaks', (answers) => speakFor(answers, 20)],
  ])('ends with %s', (_what, end) => {
    const { answers, sent, speakers } = heardOnce()
    answers.playAgain(1)
    end(answers)
    expect(speakers[0]?.closed).toBe(true)
    expect(sent).toEqual([])
  })

  it('is not ended by a cough', () => {
    const { answers, speakers } = heardOnce()
    answers.playAgain(1)
    speakFor(answers, 5)
    expect(speakers[0]?.closed).toBe(false)
  })

  it('is not to be had once the conversation is over, and never while it is still spoken', () => {
    const { answers, soundNow } = heardOnce()
    hear(answers, 2, 0)
    expect(answers.playAgain(2)).toBe(false)
    answers.stop()
    expect([answers.playAgain(1), soundNow()]).toEqual([false, undefined])
  })
})

/** So many frames of a voice, with the room before and after them. */
function speakFor(answers: Answers, frames: number): void {
  const quiet = new Array<number>(10).fill(0.001)
  for (const level of [...quiet, ...new Array<number>(frames).fill(0.1), ...quiet]) {
    vi.advanceTimersByTime(32)
    answers.hearPerson(level)
  }
}
