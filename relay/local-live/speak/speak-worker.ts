import { openDesk, type ToWorker } from '../worker-desk.ts'
import { Flite } from './flite.ts'
import { type SpeakAnswer, type SpeakAsk } from './speak-protocol.ts'
import { speakable } from './speakable.ts'
import { toSpeech } from './to-speech.ts'

/** Speech for all sessions, one clause after the other in the order asked. A clause takes 20–90 ms. */
const desk = openDesk<SpeakAsk, SpeakAnswer>()
const waiting = new Map<number, string>()
const bell = new EventTarget()

desk.onMessage(take)
void speak().catch((error: unknown) => desk.failed(error))

async function speak(): Promise<never> {
  const flite = await Flite.load()
  // The first run compiles the program's hot paths; nobody should wait for that.
  flite.speak('Ready.')
  desk.ready()
  for (;;) {
    await messagesArrived()
    const [next] = waiting
    if (next === undefined) await rung()
    else say(flite, ...next)
  }
}

function take(message: ToWorker<SpeakAsk>): void {
  if (message.type === 'ask') waiting.set(message.id, message.question.text)
  else if (message.type === 'cancel') waiting.delete(message.id)
  bell.dispatchEvent(new Event('work'))
}

function say(flite: Flite, id: number, text: string): void {
  waiting.delete(id)
  try {
    const words = speakable(text)
    const samples = words === '' ? new Int16Array() : toSpeech(flite.speak(words))
    desk.answer(id, { samples }, [samples.buffer])
  } catch (error) {
    desk.refuse(id, error)
  }
}

function messagesArrived(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function rung(): Promise<void> {
  return new Promise((resolve) => {
    bell.addEventListener('work', () => resolve(), { once: true })
  })
}
