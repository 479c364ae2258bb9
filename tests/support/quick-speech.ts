/** Speech workers that load no models, for tests in which it does not matter what is heard and how it sounds. */

const PRELUDE = `import { parentPort } from 'node:worker_threads'
const say = (message) => parentPort.postMessage(message)
const onAsk = (answer) => parentPort.on('message', ({ type, id, question }) => {
  if (type === 'ask') say({ type: 'answer', id, answer: answer(question) })
})
say({ type: 'ready' })
`

/** What is recognised, whatever was said. */
export const QUICK_WORDS = 'Repeat after me: apples and pears.'

/** How long each spoken clause is, ms. */
export const QUICK_CLAUSE_MS = 200

/** Loud frames are speech; whatever was said is {@link QUICK_WORDS}, and a clause sounds for {@link QUICK_CLAUSE_MS}. */
export const QUICK_SPEECH = {
  listen: program(`onAsk((question) => question.type === 'voice'
  ? { type: 'voice', probability: question.samples.some((sample) => Math.abs(sample) > 1000) ? 1 : 0 }
  : { type: 'recognise', text: ${JSON.stringify(QUICK_WORDS)} })`),
  speak: program(`onAsk(() => ({ samples: new Int16Array(${24 * QUICK_CLAUSE_MS}).fill(500) }))`),
}

function program(body: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(PRELUDE + body)}`)
}
