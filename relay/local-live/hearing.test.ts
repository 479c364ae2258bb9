import { describe, expect, it } from 'vitest'
import { Hearing } from './hearing.ts'
import { type ListenStream } from './listen/listener.ts'
import { type TurnTakingRules } from './turn-taking.ts'

const RULES: TurnTakingRules = { mode: 'automatic', threshold: 0.5, minSpeechMs: 96, silenceMs: 350 }
const FRAME = 512

interface Asked {
  readonly samples: Int16Array
  readonly speculative: boolean
  readonly signal: AbortSignal
  readonly answer: (words: string) => void
}

/** A stream whose voice probability is the frame's first sample in percent, and whose words the test says. */
function scriptedStream() {
  const asked: Asked[] = []
  const stream: ListenStream = {
    voice: (samples) => Promise.resolve((samples[0] ?? 0) / 100),
    recognise: (samples, { speculative, signal }) =>
      new Promise((resolve, reject) => {
        asked.push({ samples, speculative, signal, answer: resolve })
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
    restart: () => undefined,
    close: () => undefined,
  }
  return { asked, stream }
}

function listen(rules = RULES) {
  const { asked, stream } = scriptedStream()
  const log: string[] = []
  const hearing = new Hearing(stream, rules, {
    onSpeechStart: () => log.push('start'),
    onGuess: (words) => log.push(`guess: ${words}`),
    onWords: (words, finished) => log.push(`${finished ? 'last' : 'part'}: ${words}`),
    onUtterance: (words) => log.push(`turn: ${words}`),
    onFull: (full) => log.push(full ? 'full' : 'room'),
    onFailure: (error) => log.push(`failed: ${String(error)}`),
    isAssistantSpeaking: () => false,
  })
  return { asked, log, hearing }
}

function frames(count: number, percent: number): Int16Array<ArrayBuffer>[] {
  return Array.from({ length: count }, () => new Int16Array(FRAME).fill(percent))
}

async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function feed(hearing: Hearing, ...sounds: readonly Int16Array[][]): Promise<void> {
  sounds.flat().forEach((frame) => hearing.hear(frame))
  await settle()
}

const SPEECH = frames(20, 90)
const END = frames(11, 0)

describe('Hearing', () => {
  it('recognises early and tells the words when the turn is over', async () => {
    const { asked, log, hearing } = listen()
    await feed(hearing, SPEECH, frames(5, 0))
    expect(asked).toMatchObject([{ speculative: true }])
    asked[0]!.answer('hello')
    await settle()
    expect(log).toEqual(['start', 'guess: hello'])
    await feed(hearing, frames(6, 0))
    expect(asked).toHaveLength(1)
    expect(log.slice(2)).toEqual(['last: hello', 'turn: hello'])
  })

  it('drops the guess when the user goes on', async () => {
    const { asked, log, hearing } = listen()
    await feed(hearing, SPEECH, frames(5, 0), SPEECH, END)
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
    expect(asked[1]!.samples.length).toBeGreaterThan(asked[0]!.samples.length)
    asked[1]!.answer('hello there')
    await settle()
    expect(log).toEqual(['start', 'last: hello there', 'turn: hello there'])
  })

  it('joins what a user says who goes on before being understood', async () => {
    const { asked, log, hearing } = listen()
    await feed(hearing, SPEECH, END, SPEECH)
    asked[0]!.answer('what is')
    await settle()
    expect(log).toEqual(['start', 'start', 'part: what is'])
    await feed(hearing, END)
    asked[1]!.answer('this page about')
    await settle()
    expect(log.slice(3)).toEqual(['last: this page about', 'turn: what is this page about'])
  })

  it('tells of a turn without words, since somebody may wait for the silence', async () => {
    const { asked, log, hearing } = listen()
    await feed(hearing, SPEECH, END)
    asked[0]!.answer('')
    await settle()
    expect(log).toEqual(['start', 'turn: '])
  })

  it('recognises very long speech in pieces while it goes on, and loses none of it', async () => {
    const { asked, log, hearing } = listen()
    const seconds = 60
    await feed(hearing, frames(Math.ceil((seconds * 16_000) / FRAME), 90), END)
    for (let index = 0; index < 3; index += 1) {
      await settle()
      asked.find(({ signal }, at) => at === index && !signal.aborted)!.answer(`piece${index}`)
    }
    await settle()
    expect(log.at(-1)).toBe('turn: piece0 piece1 piece2')
    const samples = asked.reduce((sum, piece) => sum + piece.samples.length, 0)
    expect(samples).toBeGreaterThanOrEqual(seconds * 16_000)
    expect(Math.max(...asked.map((piece) => piece.samples.length))).toBeLessThanOrEqual(25 * 16_000)
  })

  it('asks for patience when sound comes faster than it is heard', async () => {
    const { log, hearing } = listen()
    frames(300, 0).forEach((frame) => hearing.hear(frame))
    expect(log).toEqual(['full'])
    await settle()
    expect(log).toEqual(['full', 'room'])
  })

  it('does not let the end of the stream overtake the sound before it', async () => {
    const { asked, hearing } = listen()
    SPEECH.forEach((frame) => hearing.hear(frame))
    hearing.streamEnd()
    await settle()
    expect(asked.map(({ samples }) => samples.length)).toEqual([SPEECH.length * FRAME])
  })

  it('hears by hand only between activityStart and activityEnd', async () => {
    const { asked, log, hearing } = listen({ ...RULES, mode: 'manual' })
    await feed(hearing, frames(50, 1))
    expect(hearing.activity('activityStart')).toBe(true)
    await feed(hearing, frames(10, 2))
    hearing.activity('activityEnd')
    await feed(hearing, frames(50, 3))
    expect(asked).toHaveLength(1)
    expect(new Set(asked[0]!.samples)).toEqual(new Set([2]))
    asked[0]!.answer('held')
    await settle()
    expect(log).toEqual(['start', 'last: held', 'turn: held'])
  })

  it('leaves out the silence before the first word of who holds a button', async () => {
    const { asked, hearing } = listen({ ...RULES, mode: 'manual' })
    hearing.activity('activityStart')
    await feed(hearing, frames(100, 0), SPEECH, frames(10, 0))
    hearing.activity('activityEnd')
    await settle()
    const lead = asked[0]!.samples.findIndex((sample) => sample === 90)
    expect(lead).toBeGreaterThan(0)
    expect(lead).toBeLessThanOrEqual(8000)
    expect(asked[0]!.samples.length - lead).toBe(30 * FRAME)
  })

  it('leaves it to the recogniser whether there was a voice at all', async () => {
    const { asked, hearing } = listen({ ...RULES, mode: 'manual' })
    hearing.activity('activityStart')
    await feed(hearing, frames(30, 20))
    hearing.activity('activityEnd')
    await settle()
    expect(asked[0]!.samples).toHaveLength(30 * FRAME)
  })

  it('does not take signals for granted in automatic mode', () => {
    expect(listen().hearing.activity('activityStart')).toBe(false)
  })

  it('says when recognition fails, and nothing after it was closed', async () => {
    const failing = listen()
    await feed(failing.hearing, SPEECH, END)
    failing.asked[0]!.signal.dispatchEvent(new Event('abort'))
    await settle()
    expect(failing.log).toEqual(['start', 'failed: Error: aborted'])
    const closed = listen()
    await feed(closed.hearing, SPEECH, END)
    closed.hearing.close()
    await settle()
    expect(closed.log).toEqual(['start'])
  })
})
