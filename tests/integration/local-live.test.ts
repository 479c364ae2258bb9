import { ActivityHandling, Behavior, FunctionResponseScheduling, type LiveConnectConfig } from '@google/genai'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { startLocalLive, type LocalLive } from '../../relay/local-live/local-live.ts'
import { loadSamples, RECORDINGS, recordingPath } from '../support/fixtures.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { Caller, kindsOf, soundOf } from './local-live-caller.ts'

/** The whole brain on real speech, through Google's SDK. Most of the time is spent listening, so tests run together. */
const live = {} as { server: LocalLive }
beforeAll(async () => {
  live.server = await startLocalLive({ port: 0 })
  await live.server.ready
})
afterAll(() => live.server.close())

async function call({ onTestFinished }: TestContext, config: LiveConnectConfig = {}, model?: string): Promise<Caller> {
  const caller = await Caller.call({ url: live.server.url, config, ...(model === undefined ? {} : { model }) })
  onTestFinished(() => caller.hangUp())
  return caller
}

const LONG =
  'Repeat after me: the old ferry crosses the wide river every morning, and in the evening it comes back with apples, with bread and with the post from the other side.'
const MODEL_WITH_BLOCKING = 'gemini-2.5-flash-native-audio-latest'
const READ_PAGE = { name: 'read_page', description: 'Reads the text of the page in the current tab.' }
const FERRY = {
  title: 'The ferry',
  text: 'The ferry crosses the river twice a day. Menu',
}

describe.concurrent('hearing and speaking', () => {
  it('answers a typed turn with speech that says what its transcript says', async (context) => {
    const caller = await call(context)
    caller.type('What can you do?')
    await caller.turnComplete()
    expect(caller.saidText()).toContain('tell you the time and the date')
    expect(wordErrorRate(caller.saidText(), await recogniseSpeech(caller.saidSound()))).toBeLessThan(0.15)
  })

  it.for(Object.entries(RECORDINGS))('recognises the recording %s', async ([name, { text }], context) => {
    const caller = await call(context)
    await caller.speak(name)
    const at = await caller.heard((message) => message.serverContent?.inputTranscription?.finished === true)
    expect(wordErrorRate(text, caller.heardText())).toBeLessThanOrEqual(0.15)
    await caller.heard((message) => soundOf(message).length > 0, at)
  })

  it('hears a microphone in real time and answers what it heard', async (context) => {
    const caller = await call(context)
    await caller.speak('what-do-you-see', 'real time')
    await caller.turnComplete()
    expect(wordErrorRate('Nothing has been shown to me.', await recogniseSpeech(caller.saidSound()))).toBe(0)
  })

  it('takes noise, hum and clicks for nothing', async (context) => {
    const caller = await call(context)
    const seconds = 3
    const noise = new Float32Array(seconds * 16_000).map((_, at) => {
      const click = at % 4_000 < 8 ? 0.5 : 0
      return 0.05 * Math.sin((at / 16_000) * 2 * Math.PI * 50) + 0.02 * pseudoRandom(at) + click
    })
    await caller.play(noise, 'at once')
    caller.session.sendRealtimeInput({ audioStreamEnd: true })
    await caller.speak('what-time-is-it')
    await caller.heard((message) => message.serverContent?.inputTranscription?.finished === true)
    expect(wordErrorRate('What time is it?', caller.heardText())).toBe(0)
  })

  it('hears a speech of half a minute to its end', async (context) => {
    const caller = await call(context, {
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 3_000 } },
    })
    const times = 6
    const { samples } = await loadSamples(recordingPath('long-question'))
    for (let time = 0; time < times; time += 1) await caller.play(samples, 'at once')
    caller.session.sendRealtimeInput({ audioStreamEnd: true })
    await caller.heard((message) => message.serverContent?.inputTranscription?.finished === true)
    const expected = Array.from({ length: times }, () => RECORDINGS['long-question']!.text).join(' ')
    expect(wordErrorRate(expected, caller.heardText())).toBeLessThanOrEqual(0.15)
  })

  it('keeps two callers apart', async (context) => {
    const [one, other] = await Promise.all([call(context), call(context)])
    await Promise.all([one.speak('what-time-is-it'), other.speak('what-is-the-date')])
    await Promise.all([one.turnComplete(), other.turnComplete()])
    expect(one.heardText()).toMatch(/time/i)
    expect(one.saidText()).toMatch(/^It is \d+:\d\d/)
    expect(other.saidText()).toMatch(/^Today is /)
  })

  it('says which picture it was shown, and that it cannot see', async (context) => {
    const caller = await call(context)
    const jpeg = '/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAUACgDASIAAhEBAxEB/9k='
    caller.session.sendRealtimeInput({ video: { data: jpeg, mimeType: 'image/jpeg' } })
    await caller.speak('what-do-you-see')
    await caller.heard((message) => /I have no model/.test(message.serverContent?.outputTranscription?.text ?? ''))
    expect(caller.saidText()).toMatch(/^You showed me a JPEG picture of 40 by 20 pixels/)
  })
})

describe.concurrent('turns', () => {
  it('come in the order of the service and last as long as their speech', async (context) => {
    const caller = await call(context, { sessionResumption: {} })
    const from = caller.messages.length
    const started = performance.now()
    caller.type('Repeat after me: one two three four five six seven.')
    const end = await caller.turnComplete()
    const tookMs = performance.now() - started
    const kinds = kindsOf(caller.messages.slice(0, end + 1)).filter((kind, at, all) => kind !== all[at - 1])
    expect(kinds.slice(kinds.indexOf('outputTranscription'))).toEqual([
      'outputTranscription',
      'audio',
      'generationComplete',
      'usageMetadata',
      'turnComplete',
    ])
    const { samples, rateHz } = caller.saidSound()
    const speechMs = (samples.length / rateHz) * 1000
    expect(tookMs).toBeGreaterThan(speechMs * 0.9)
    const usage = caller.messages[end]?.usageMetadata
    expect(usage?.responseTokenCount).toBe(Math.ceil((speechMs / 1000) * 25))
    expect(usage?.totalTokenCount).toBe((usage?.promptTokenCount ?? 0) + (usage?.responseTokenCount ?? 0))
    const update = await caller.heard((message) => message.sessionResumptionUpdate !== undefined, from)
    expect(caller.messages[update]?.sessionResumptionUpdate).toMatchObject({ resumable: true })
  })

  it('are cut by speech: interrupted, turnComplete, and nothing of the old turn after', async (context) => {
    const caller = await call(context)
    caller.type(LONG)
    await caller.heard((message) => soundOf(message).length > 0)
    await caller.speak('stop', 'real time')
    const cut = await caller.heard((message) => message.serverContent?.interrupted === true)
    const end = await caller.turnComplete(cut)
    const question = await caller.heard((message) => message.serverContent?.inputTranscription !== undefined)
    expect(question).toBeGreaterThan(end)
    expect(kindsOf(caller.messages.slice(0, cut))).not.toContain('generationComplete')
    expect(kindsOf(caller.messages.slice(cut, question))).toEqual(['interrupted', 'usageMetadata', 'turnComplete'])
    expect(caller.heardText()).toMatch(/stop/i)
    await caller.turnComplete(question)
    expect(caller.saidText(question)).toBe('Okay.')
  })

  it('are cut by a typed turn', async (context) => {
    const caller = await call(context)
    caller.type(LONG)
    await caller.heard((message) => soundOf(message).length > 0)
    caller.type('Thank you.')
    const cut = await caller.heard((message) => message.serverContent?.interrupted === true)
    const end = await caller.turnComplete(cut)
    await caller.turnComplete(end + 1)
    expect(caller.saidText(end)).toBe('You are welcome.')
  })

  it('are not cut where the client does not want it; the next turn waits', async (context) => {
    const caller = await call(context, { realtimeInputConfig: { activityHandling: ActivityHandling.NO_INTERRUPTION } })
    caller.type('Repeat after me: the ferry is late.')
    await caller.heard((message) => soundOf(message).length > 0)
    caller.type('Thank you.')
    const end = await caller.turnComplete(await caller.turnComplete().then((at) => at + 1))
    expect(kindsOf(caller.messages.slice(0, end))).not.toContain('interrupted')
    expect(caller.saidText()).toBe('the ferry is late.You are welcome.')
  })

  it('are cut, and not answered, by content that is not complete', async (context) => {
    const caller = await call(context)
    caller.type(LONG)
    await caller.heard((message) => soundOf(message).length > 0)
    caller.session.sendClientContent({ turnComplete: false })
    const cut = await caller.heard((message) => message.serverContent?.interrupted === true)
    const end = await caller.turnComplete(cut)
    caller.type('Goodbye.')
    await caller.turnComplete(end + 1)
    expect(caller.saidText(cut)).toBe('Goodbye.')
  })

  it('can be seeded with content', async (context) => {
    const caller = await call(context)
    caller.session.sendClientContent({
      turns: [
        { role: 'user', parts: [{ text: 'The boat is green.' }] },
        { role: 'model', parts: [{ text: 'I heard that.' }] },
      ],
      turnComplete: false,
    })
    caller.session.sendClientContent({
      turns: [{ role: 'user', parts: [{ text: 'What did I say?' }] }],
      turnComplete: true,
    })
    await caller.turnComplete()
    expect(caller.saidText()).toBe('You said: The boat is green.')
  })

  it('are taken by hand: only what is said between activityStart and activityEnd counts', async (context) => {
    const caller = await call(context, { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } })
    await caller.speak('what-time-is-it')
    caller.session.sendRealtimeInput({ activityStart: {} })
    await caller.speak('what-do-you-see')
    caller.session.sendRealtimeInput({ activityEnd: {} })
    await caller.turnComplete()
    expect(wordErrorRate('What do you see?', caller.heardText())).toBe(0)
  })

  it('end when the microphone pauses', async (context) => {
    const caller = await call(context, {
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 60_000 } },
    })
    await caller.speak('what-time-is-it')
    caller.session.sendRealtimeInput({ audioStreamEnd: true })
    await caller.turnComplete()
    expect(wordErrorRate('What time is it?', caller.heardText())).toBe(0)
  })
})

describe.concurrent('tools', () => {
  const blocking = { tools: [{ functionDeclarations: [{ ...READ_PAGE, behavior: Behavior.BLOCKING }] }] }
  const nonBlocking = { tools: [{ functionDeclarations: [{ ...READ_PAGE, behavior: Behavior.NON_BLOCKING }] }] }

  async function toolCall(caller: Caller) {
    const at = await caller.heard((message) => message.toolCall !== undefined)
    const [functionCall] = caller.messages[at]!.toolCall!.functionCalls!
    return { at, id: functionCall!.id!, name: functionCall!.name! }
  }

  it('are asked about the page by voice, and their answer is told as an extract', async (context) => {
    const caller = await call(context, blocking)
    await caller.speak('what-is-this-page-about')
    const { at, id, name } = await toolCall(caller)
    expect(name).toBe('read_page')
    expect(caller.saidSound().samples).toHaveLength(0)
    caller.answerTool({ id, name, response: { output: FERRY } })
    await caller.turnComplete(at)
    expect(caller.saidText()).toMatch(
      /^This page is called The ferry\. An extract: The ferry crosses the river twice a day/,
    )
    expect(wordErrorRate(caller.saidText(), await recogniseSpeech(caller.saidSound()))).toBeLessThan(0.2)
  })

  it('fail aloud', async (context) => {
    const caller = await call(context, blocking)
    caller.type('Summarise this page.')
    const { id, name } = await toolCall(caller)
    const response = { error: { code: 'restricted', message: 'The page is closed to extensions.' } }
    caller.answerTool({ id, name, response })
    await caller.turnComplete()
    expect(caller.saidText()).toBe('I could not read the page. The page is closed to extensions.')
  })

  it('are cancelled when the user goes on; a late answer does no harm', async (context) => {
    const caller = await call(context, blocking)
    caller.type('Summarise this page.')
    const { at, id, name } = await toolCall(caller)
    caller.type('Thank you.')
    const end = await caller.turnComplete(at)
    expect(kindsOf(caller.messages.slice(at + 1, end + 1))).toEqual([
      'interrupted',
      'toolCallCancellation',
      'usageMetadata',
      'turnComplete',
    ])
    const cancelled = caller.messages.find((message) => message.toolCallCancellation !== undefined)
    expect(cancelled?.toolCallCancellation?.ids).toEqual([id])
    caller.answerTool({ id, name, response: { output: FERRY } })
    await caller.turnComplete(end + 1)
    expect(caller.saidText()).toBe('You are welcome.')
  })

  it('need not be waited for: the model says so, and tells the answer when it comes', async (context) => {
    const caller = await call(context, nonBlocking)
    caller.type('Summarise this page.')
    const { id, name } = await toolCall(caller)
    const first = await caller.turnComplete()
    expect(caller.saidText()).toBe('I am reading the page.')
    caller.answerTool({ id, name, response: { output: FERRY } })
    await caller.turnComplete(first + 1)
    expect(caller.saidText(first)).toMatch(/^This page is called The ferry/)
  })

  it.for([
    [FunctionResponseScheduling.INTERRUPT, true],
    [FunctionResponseScheduling.WHEN_IDLE, false],
  ] as const)('answer a talking model with scheduling %s', async ([scheduling, interrupts], context) => {
    const caller = await call(context, nonBlocking)
    caller.type('Summarise this page.')
    const { id, name } = await toolCall(caller)
    const first = await caller.turnComplete()
    caller.type('Repeat after me: the ferry is late again.')
    const talking = await caller.heard((message) => soundOf(message).length > 0, first)
    const response = { error: 'Nothing there.' }
    caller.answerTool({ id, name, response, scheduling })
    const second = await caller.turnComplete(talking)
    const third = await caller.turnComplete(second + 1)
    expect(kindsOf(caller.messages.slice(talking, third)).includes('interrupted')).toBe(interrupts)
    expect(caller.saidText(second)).toBe('I could not read the page. Nothing there.')
  })

  it('answer in silence where they are told to', async (context) => {
    const caller = await call(context, nonBlocking)
    caller.type('Summarise this page.')
    const { id, name } = await toolCall(caller)
    const first = await caller.turnComplete()
    const scheduling = FunctionResponseScheduling.SILENT
    caller.answerTool({ id, name, response: { output: FERRY }, scheduling })
    caller.type('Thank you.')
    await caller.turnComplete(first + 1)
    expect(caller.saidText(first)).toBe('You are welcome.')
  })

  it('may be replaced in the middle of a session', async (context) => {
    const caller = await call(context, {}, MODEL_WITH_BLOCKING)
    const update = { tools: { tools: [{ functionDeclarations: [READ_PAGE] }] } }
    caller.session.sendContextUpdate(update)
    caller.type('What is this page about?')
    await toolCall(caller)
    expect(caller.saidSound().samples).toHaveLength(0)
  })

  it('that were never called cannot be answered', async (context) => {
    const caller = await call(context, blocking)
    caller.answerTool({ id: 'function-call-0', name: 'read_page', response: {} })
    await expect(caller.closed).resolves.toEqual({ code: 1008, reason: 'Requested entity was not found.' })
  })
})

/** The same noise in every run, −1 to 1. */
function pseudoRandom(at: number): number {
  const value = Math.sin(at * 12.9898) * 43_758.5453
  return (value - Math.floor(value)) * 2 - 1
}
