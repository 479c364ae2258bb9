import { describe, expect, it } from 'vitest'
import { say, type Reply } from './answer/intent.ts'
import { Conversation } from './conversation.ts'
import { Dialogue } from './dialogue.ts'
import { type Voice } from './speak/speaker.ts'
import { UsageMeter } from './usage-meter.ts'
import { findModel } from './wire/models.ts'
import { type ServerMessage } from './wire/server-message.ts'

/** 10 ms of sound for every clause, so that a turn is over soon. */
const CLAUSE_SAMPLES = 240

function converse(answer: (words: string) => Reply = (words) => say(`You said ${words}.`)) {
  const spoken: string[] = []
  const messages: ServerMessage[] = []
  const room = { userSpeaking: false }
  const conversation = new Conversation()
  const speaker: Voice = {
    say: (clause) => {
      spoken.push(clause)
      return Promise.resolve(new Int16Array(CLAUSE_SAMPLES))
    },
  }
  const dialogue = new Dialogue({
    outlet: { send: (message) => messages.push(message), bufferedBytes: () => 0 },
    speaker,
    conversation,
    usage: new UsageMeter(),
    rules: findModel('gemini-3.8-live')!,
    transcribe: true,
    interruptible: true,
    answer: ({ words }) => answer(words),
    now: () => new Date(),
    tools: () => [],
    shown: () => undefined,
    isUserSpeaking: () => room.userSpeaking,
    onResumable: () => undefined,
    onFailure: (error) => {
      throw error
    },
  })
  const turns = () => messages.filter((message) => message.serverContent?.turnComplete === true).length
  const completed = async (count: number) => {
    while (turns() < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { dialogue, conversation, spoken, messages, room, completed, turns }
}

describe('Dialogue', () => {
  it('has the first clause ready where the user was understood early', async () => {
    const { dialogue, conversation, spoken, messages, completed } = converse()
    dialogue.expect('a boat')
    dialogue.expect('a boat')
    expect(spoken).toEqual(['You said a boat.'])
    expect(messages).toEqual([])
    expect(conversation.entries).toEqual([])
    dialogue.ask('a boat', 'said')
    await completed(1)
    expect(spoken).toEqual(['You said a boat.'])
    dialogue.ask('a boat', 'said')
    await completed(2)
    expect(spoken).toHaveLength(2)
  })

  it('says what was asked, whatever was expected', async () => {
    const { dialogue, messages, completed } = converse()
    dialogue.expect('a boat')
    dialogue.ask('a goat', 'said')
    await completed(1)
    expect(messages[0]).toEqual({
      serverContent: { outputTranscription: { text: 'You said a goat.', finished: false } },
    })
  })

  it('waits for a speaking user, but not when somebody types', async () => {
    const { dialogue, room, completed, turns } = converse()
    room.userSpeaking = true
    dialogue.ask('typed', 'typed')
    await completed(1)
    dialogue.ask('said', 'said')
    dialogue.floorIsFree()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(turns()).toBe(1)
    room.userSpeaking = false
    dialogue.floorIsFree()
    await completed(2)
  })

  it('remembers of an interrupted turn what was sent', async () => {
    const { dialogue, conversation, messages, completed } = converse(() =>
      say(Array.from({ length: 300 }, (_, index) => `Number ${index}.`).join(' ')),
    )
    dialogue.ask('count', 'typed')
    while (messages.length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    dialogue.interrupt()
    await completed(1)
    const [asked, said] = conversation.entries
    expect(asked).toEqual({ role: 'user', text: 'count' })
    expect(said?.text).toMatch(/^Number 0\./)
    expect(said?.text).not.toContain('Number 299')
    expect(messages.slice(-2)).toMatchObject([
      { serverContent: { interrupted: true } },
      { serverContent: { turnComplete: true } },
    ])
  })

  it('completes a turn in which nothing is said, and says nothing after it was closed', async () => {
    const { dialogue, messages, completed } = converse()
    dialogue.askNothing()
    await completed(1)
    expect(messages[0]).toEqual({ serverContent: { generationComplete: true } })
    const before = messages.length
    dialogue.close()
    dialogue.ask('hello', 'typed')
    dialogue.interrupt()
    expect(messages).toHaveLength(before)
  })
})
