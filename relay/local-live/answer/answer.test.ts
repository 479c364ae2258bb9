import { describe, expect, it } from 'vitest'
import { answer, findIntent } from './answer.ts'
import { INTENTS } from './intent-table.ts'
import { type Question } from './intent.ts'
import { plainWords } from './plain-words.ts'

const READ_PAGE = { name: 'read_page', description: 'The text of the page in the current tab.' }

function question(words: string, more: Partial<Question> = {}): Question {
  const now = new Date(2026, 10, 21, 15, 45)
  return { words, plain: plainWords(words), now, history: [], shown: undefined, tools: [], ...more }
}

function said(words: string, more: Partial<Question> = {}): string {
  const reply = answer(question(words, more))
  if (reply.type !== 'say') throw new Error(`it called ${reply.name}`)
  return reply.text
}

describe('answer', () => {
  it('tells the time and the date of this place', () => {
    expect(said('What time is it?')).toBe('It is 3:45 in the afternoon.')
    expect(said('What time is it?', { now: new Date(2026, 0, 1, 0, 5) })).toBe('It is 12:05 at night.')
    expect(said('What is the date to-day?')).toBe('Today is Saturday, 21 November 2026.')
  })

  it('repeats', () => {
    expect(said('Please repeat after me, the green boat came home before the storm.')).toBe(
      'the green boat came home before the storm.',
    )
    const history = [
      { role: 'user', text: 'Where is the boat?' },
      { role: 'model', text: 'I heard: Where is the boat?' },
    ] as const
    expect(said('What did I just say?', { history })).toBe('You said: Where is the boat?')
    expect(said('Say that again, please.', { history })).toBe('I heard: Where is the boat?')
    expect(said('What did I say?')).toBe('You have not said anything before this.')
  })

  it('takes a note about the page for what it is, not for words', () => {
    const note = '<context>The page in front is “Beavers” at https://example.org/b.</context>\n'
    expect(said(`${note}Please repeat after me: all is well.`)).toBe('all is well.')
    expect(said(`${note}Colourless green ideas.`)).not.toContain('Beavers')
    const history = [{ role: 'user', text: `${note}Where is the boat?` }] as const
    expect(said(`${note}What did I say?`, { history })).toBe('You said: Where is the boat?')
  })

  it('is honest about sight', () => {
    expect(said('What do you see?')).toBe('Nothing has been shown to me.')
    const shown = { image: { kind: 'JPEG', width: 1280, height: 720 }, agoMs: 3_000 } as const
    expect(said('What do you see?', { shown })).toBe(
      'You showed me a JPEG picture of 1280 by 720 pixels, 3 seconds ago. ' +
        'I have no model of sight here, so I cannot tell what is in it.',
    )
  })

  it('reads the page with whatever tool there is, or says that there is none', () => {
    const reply = answer(question('What is this page about?', { tools: [READ_PAGE] }))
    expect(reply).toMatchObject({ type: 'call', name: 'read_page', args: {} })
    expect(said('What is this page about?')).toMatch(/^I cannot read the page: no tool/)
  })

  it('says what it can do, and the page only where it can', () => {
    expect(said('What can you do?')).not.toContain('page')
    expect(said('What can you do?', { tools: [READ_PAGE] })).toContain('an extract of this page')
  })

  it('says what it heard and that it has no model where nothing fits', () => {
    expect(said('Why is the sky blue?')).toBe(
      'I heard: Why is the sky blue? I am running without a language model, so I cannot answer that.',
    )
    expect(said('go forward ten meters')).toMatch(/^I heard: go forward ten meters\. /)
    expect(said('word '.repeat(200)).length).toBeLessThan(300)
  })
})

describe('findIntent', () => {
  it.each([
    ['what time is it', 'time'],
    ['What time is it now, please?', 'time'],
    ["What's the time?", 'time'],
    ['Time, is it?', 'time'],
    ['what day is it', 'date'],
    ["What's today's date?", 'date'],
    ['Tell me the date.', 'date'],
    ['What can you do?', 'capabilities'],
    ['What can you do for me?', 'capabilities'],
    ['Summarise this page.', 'page'],
    ['Summarize the article please.', 'page'],
    ['Can you read this web page to me?', 'page'],
    ['What does this site say?', 'page'],
    ['Tell me about this article.', 'page'],
    ["What's this about?", 'page'],
    ['Sum this up', 'page'],
    ['What do you see?', 'sight'],
    ['What did I just show you?', 'sight'],
    ['Can you see this?', 'sight'],
    ['Hello!', 'greeting'],
    ['Good morning.', 'greeting'],
    ['Good-morning.', 'greeting'],
    ['Thank you very much.', 'thanks'],
    ['Stop, please stop talking.', 'stop'],
    ['Stop.', 'stop'],
    ['Goodbye.', 'farewell'],
    ['Repeat that, please.', 'last-said'],
    ['Repeat what I said.', 'recall'],
    ['Please repeat after me, what is this page about?', 'repeat-after-me'],
  ])('takes “%s” for %s', (words, name) => {
    expect(findIntent(question(words))?.name).toBe(name)
  })

  it.each([
    ['what is this beige about', 'page'],
    ['what is the page a bout', 'page'],
    ['what time is at', 'time'],
    ['what can you you do', 'capabilities'],
    ['summarise this beige', 'page'],
    ['what do you sea', 'sight'],
  ])('forgives recognition “%s”', (words, name) => {
    expect(findIntent(question(words))?.name).toBe(name)
  })

  it.each([
    'I would like to know what you think about the long walk that I took along the river this morning with my dog.',
    'Go somewhere and do something.',
    'He might even have been made amiable himself.',
    'How far is the moon?',
    'The bus stops here, I think it will be good for us to wait.',
    'Hello world is the first program that everybody writes.',
  ])('does not pretend to understand “%s”', (words) => {
    expect(findIntent(question(words))).toBeUndefined()
  })

  it('finds every intent by its own examples', () => {
    for (const intent of INTENTS) {
      for (const example of intent.examples)
        expect([example, findIntent(question(example))?.name]).toEqual([example, intent.name])
    }
  })
})
