import { describe, expect, it } from 'vitest'
import { idOf, listen } from './turns-stage.ts'

describe('an ordinary turn', () => {
  it('keeps two whole utterances before one answer apart', () => {
    const { turns, news } = listen()
    turns.userWords('What can you do?', true)
    turns.userWords('Please', false)
    turns.userWords(' stop.', true)
    turns.answerWords('Okay.')
    expect(news()).toContain('store user 1: What can you do? Please stop.')
  })

  it('is one utterance with its answer', () => {
    const { turns, news } = listen()
    turns.userWords('what ', false)
    turns.userWords('time is it', true)
    turns.answerWords('It is ')
    expect(idOf(turns.answerAudio(100))).toBe(1)
    turns.answerWords('ten.')
    turns.usage({ totalTokens: 7 })
    const turn = turns.open!
    turns.turnComplete()
    expect(news()).toEqual([
      'start 1',
      'user 1: what ',
      'user 1: time is it',
      'answer 1',
      'store user 1: what time is it',
      'assistant 1: It is ',
      'assistant 1: ten.',
      'store answer 1 whole: It is ten.',
      'complete 1',
    ])
    expect(turn).toMatchObject({
      audioMs: 100,
      usage: { totalTokens: 7 },
      fragments: [
        { text: 'It is ', startMs: 0 },
        { text: 'ten.', startMs: 100 },
      ],
    })
  })

  it('may be begun by the model', () => {
    const { turns, news } = listen()
    turns.answerWords('By the way')
    turns.turnComplete()
    expect(news()).toEqual([
      'start 1',
      'answer 1',
      'assistant 1: By the way',
      'store answer 1 whole: By the way',
      'complete 1',
    ])
  })

  it('keeps words that arrive after the answer began', () => {
    const { turns, news } = listen()
    turns.answerWords('It is ten.')
    turns.userWords('what time', false)
    turns.turnComplete()
    expect(news().slice(-4)).toEqual([
      'user 1: what time',
      'store user 1: what time',
      'store answer 1 whole: It is ten.',
      'complete 1',
    ])
  })

  it('keeps words that come after those were stored which it answers', () => {
    const { turns, news } = listen()
    turns.userWords('what time', false)
    turns.answerWords('Ten.')
    turns.userWords(' is it', false)
    turns.turnComplete()
    expect(news().slice(-3)).toEqual(['store answer 1 whole: Ten.', 'store user 1: is it', 'complete 1'])
  })

  it('ignores a transcript that is said twice', () => {
    const { turns, news } = listen()
    turns.userWords('stop the music', true)
    turns.userWords('stop the music', true)
    turns.answerWords('Done.')
    turns.userWords('stop the music', false)
    turns.turnComplete()
    expect(news().filter((line) => line.includes('music'))).toEqual([
      'user 1: stop the music',
      'store user 1: stop the music',
    ])
  })

  it('keeps a word that the user says twice', () => {
    const { turns, news } = listen()
    turns.userWords('no', false)
    turns.userWords(' no', false)
    turns.turnComplete()
    expect(news()).toContain('store user 1: no no')
  })

  it('does not begin with nothing', () => {
    const { turns, news } = listen()
    turns.userWords('', true)
    turns.turnComplete()
    turns.giveUpWaiting()
    expect(news()).toEqual([])
  })
})

describe('an interruption by voice', () => {
  it('is told before anything is stored', () => {
    const { turns, news } = listen()
    turns.userWords('tell me a story', true)
    turns.answerAudio(500)
    turns.answerWords('Once upon a time')
    news()
    turns.brainInterrupted()
    expect(news()).toEqual(['interrupted 1', 'store answer 1 heard: Once upon a time', 'complete 1'])
  })

  it('drops what is late, and its end ends no other turn', () => {
    const { turns, news } = listen()
    turns.answerAudio(500)
    turns.brainInterrupted()
    news()
    expect(turns.answerAudio(40)).toBeUndefined()
    turns.answerWords('late words')
    turns.userWords('stop', false)
    expect(turns.answerAudio(40)).toBeUndefined()
    turns.turnComplete()
    expect(news()).toEqual(['start 2', 'user 2: stop'])
    turns.answerAudio(40)
    turns.turnComplete()
    expect(news()).toEqual(['answer 2', 'store user 2: stop', 'store answer 2 whole: ', 'complete 2'])
  })

  it('gives words that were heard before it to the next turn', () => {
    const { turns, news } = listen()
    turns.userWords('a story', true)
    turns.answerAudio(100)
    turns.userWords('no ', false)
    turns.userWords('wait', false)
    news()
    turns.brainInterrupted()
    expect(news()).toEqual(['interrupted 1', 'store answer 1 heard: ', 'complete 1', 'start 2', 'user 2: no wait'])
  })

  it('does not end an utterance that goes on after a pause', () => {
    const { turns, news } = listen()
    turns.userWords('what is ', false)
    turns.brainInterrupted()
    turns.turnComplete()
    turns.userWords('the time', false)
    turns.answerWords('Ten.')
    turns.turnComplete()
    expect(news()).toContain('store user 1: what is the time')
    expect(idOf(turns.open)).toBeUndefined()
  })

  it('means nothing while nothing is said, nor does its end', () => {
    const { turns, news } = listen()
    turns.brainInterrupted()
    turns.userWords('hello', false)
    turns.turnComplete()
    expect(news()).toEqual(['start 1', 'user 1: hello'])
    turns.answerWords('Hi.')
    turns.turnComplete()
    expect(news().at(-1)).toBe('complete 1')
  })

  it('does not cost the next answer when its end never comes', () => {
    const { turns, news } = listen()
    turns.answerAudio(100)
    turns.brainInterrupted()
    expect(turns.waitsFor).toBe('end of a cut answer')
    turns.giveUpWaiting()
    expect(turns.waitsFor).toBeUndefined()
    news()
    expect(idOf(turns.answerAudio(50))).toBe(2)
    turns.turnComplete()
    expect(news().at(-1)).toBe('complete 2')
  })

  it('whose end never comes costs nothing of what answers words that were typed after it', () => {
    const { turns, news } = listen()
    turns.answerAudio(100)
    turns.brainInterrupted()
    turns.answerAudio(40)
    turns.typed('t1', 'and now?', 0)
    news()
    turns.answerWords('All is ')
    expect(idOf(turns.answerAudio(50))).toBe(2)
    turns.answerWords('well.')
    turns.turnComplete()
    expect(news().slice(-2)).toEqual(['store answer 2 whole: All is well.', 'complete 2'])
  })

  it('whose end comes after words were typed ends no other turn', () => {
    const { turns, news } = listen()
    turns.answerAudio(100)
    turns.brainInterrupted()
    turns.typed('t1', 'and now?', 0)
    turns.turnComplete()
    expect(idOf(turns.open)).toBe(2)
    turns.answerWords('Well.')
    turns.turnComplete()
    expect(news().slice(-2)).toEqual(['store answer 2 whole: Well.', 'complete 2'])
  })

  it('counts the tokens of the cut answer for the cut turn', () => {
    const { turns } = listen()
    turns.answerAudio(100)
    const cut = turns.open!
    turns.brainInterrupted()
    turns.userWords('next', false)
    turns.usage({ totalTokens: 3 })
    expect(cut.usage).toEqual({ totalTokens: 3 })
    expect(turns.open!.usage).toBeUndefined()
  })
})

describe('a stop by the user', () => {
  it('cuts the answer under way', () => {
    const { turns, news } = listen()
    turns.answerWords('A long story')
    news()
    expect(idOf(turns.stopped(1))).toBe(1)
    expect(news()).toEqual(['interrupted 1', 'store answer 1 heard: A long story', 'complete 1'])
    // The brain confirms what it was asked to do.
    turns.brainInterrupted()
    turns.turnComplete()
    expect(news()).toEqual([])
    expect(idOf(turns.answerAudio(10))).toBe(2)
  })

  it('keeps the rest silent until the brain stops, whatever is asked meanwhile', () => {
    const { turns } = listen()
    turns.answerAudio(100)
    turns.stopped(1)
    turns.typed('t1', 'and now?', 0)
    turns.userWords('hello', true)
    expect(turns.answerAudio(40)).toBeUndefined()
    turns.brainInterrupted()
    expect(turns.answerAudio(40)).toBeUndefined()
    turns.turnComplete()
    expect(idOf(turns.answerAudio(40))).toBe(2)
  })

  it('does not cut another turn', () => {
    const { turns, news } = listen()
    turns.answerWords('One.')
    turns.turnComplete()
    turns.answerWords('Two.')
    news()
    expect(turns.stopped(1)).toBeUndefined()
    expect(turns.stopped(3)).toBeUndefined()
    expect(news()).toEqual([])
  })

  it('cancels an answer that has not begun', () => {
    const { turns, news } = listen()
    turns.userWords('never mind', true)
    news()
    turns.stopped(1)
    expect(news()).toEqual(['interrupted 1', 'store user 1: never mind', 'store answer 1 heard: ', 'complete 1'])
    expect(turns.answerAudio(10)).toBeUndefined()
  })
})

describe('a typed turn', () => {
  it('is stored at once under its id', () => {
    const { turns, news } = listen()
    turns.typed('t1', 'what time is it', 0)
    expect(news()).toEqual(['start 1', 'store user 1: what time is it (t1)'])
    turns.answerWords('Ten.')
    turns.turnComplete()
    expect(news()).toEqual(['answer 1', 'assistant 1: Ten.', 'store answer 1 whole: Ten.', 'complete 1'])
  })

  it('interrupts speech', () => {
    const { turns, news } = listen()
    turns.answerAudio(300)
    news()
    turns.typed('t1', 'shorter', 0)
    expect(news()).toEqual([
      'interrupted 1',
      'store answer 1 heard: ',
      'complete 1',
      'start 2',
      'store user 2: shorter (t1)',
    ])
    expect(turns.answerAudio(10)).toBeUndefined()
    turns.turnComplete()
    expect(idOf(turns.answerAudio(10))).toBe(2)
  })

  it('ends an utterance that has no answer yet', () => {
    const { turns, news } = listen()
    turns.userWords('what is', false)
    turns.typed('t1', 'never mind', 0)
    expect(news().slice(2)).toEqual([
      'store user 1: what is',
      'store answer 1 whole: ',
      'complete 1',
      'start 2',
      'store user 2: never mind (t1)',
    ])
  })
})

describe('a turn with tools', () => {
  it('goes on while a tool runs and until the model spoke about its answer', () => {
    const { turns, news } = listen()
    turns.userWords('read this', true)
    const turn = turns.toolCalled()
    turns.toolCalled()
    turns.turnComplete()
    turns.toolSettled(turn, true)
    turns.turnComplete()
    expect(turns.waitsFor).toBeUndefined()
    turns.toolSettled(turn, true)
    expect(turns.waitsFor).toBe('answer after a tool')
    expect(idOf(turns.answerAudio(100))).toBe(1)
    expect(turns.waitsFor).toBe('end of an answer')
    expect(news()).not.toContain('complete 1')
    turns.turnComplete()
    expect(news().at(-1)).toBe('complete 1')
  })

  it('takes an end that was on its way when the answer was sent for the end of the call', () => {
    const { turns } = listen()
    const turn = turns.toolCalled()
    turns.toolSettled(turn, true)
    turns.turnComplete()
    expect(idOf(turns.open)).toBe(1)
    expect(turns.waitsFor).toBe('answer after a tool')
    turns.giveUpWaiting()
    expect(turns.open).toBeUndefined()
  })

  it('may call tools after an interruption whose end is missing', () => {
    const { turns } = listen()
    turns.answerAudio(10)
    turns.brainInterrupted()
    turns.typed('t1', 'read this', 0)
    expect(turns.toolCalled().id).toBe(2)
    expect(idOf(turns.answerAudio(10))).toBe(2)
  })
})

describe('a lost brain', () => {
  it('leaves what was said so far, marked as broken', () => {
    const { turns, news } = listen()
    turns.userWords('tell me', true)
    turns.answerWords('Once upon')
    news()
    expect(turns.brainLost(undefined)).toBe(true)
    expect(news()).toEqual(['store answer 1 broken: Once upon', 'complete 1'])
    expect(turns.brainLost('sound')).toBe(false)
    expect(news()).toEqual([])
    expect(idOf(turns.answerAudio(10))).toBe(2)
  })

  it('lets a turn go on that the next one hears again, telling no word twice', () => {
    const { turns, news } = listen()
    turns.userWords('what is the', false)
    news()
    expect(turns.brainLost('sound')).toBe(false)
    turns.userWords('what is', false)
    expect(news()).toEqual([])
    turns.userWords(' the time', true)
    expect(news()).toEqual(['user 1:  time'])
    turns.answerWords('Noon.')
    expect(news()).toContain('store user 1: what is the time')
  })

  it('lets a turn go on that the next one gets in words', () => {
    const { turns, news } = listen()
    turns.typed('t', 'hello', 0)
    expect([turns.brainLost('words'), news().length]).toEqual([false, 2])
    turns.answerWords('Hi.')
    turns.turnComplete()
    expect(news()).toEqual(['answer 1', 'assistant 1: Hi.', 'store answer 1 whole: Hi.', 'complete 1'])
  })

  it('ends a turn of which nothing is left to hear', () => {
    const { turns, news } = listen()
    turns.userWords('hello', false)
    news()
    expect(turns.brainLost(undefined)).toBe(true)
    expect(news()).toEqual(['store user 1: hello', 'store answer 1 broken: ', 'complete 1'])
  })
})
