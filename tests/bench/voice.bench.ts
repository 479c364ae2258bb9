/**
 * How long a person waits: from the end of their last word to the first sound of the answer, through Chromium's
 * microphone, the extension, the relay, the local brain and back to the side panel's speaker.
 *
 * npm run bench -- voice
 */
import { startPrivateRelay } from '../../scripts/talk/private-relay.ts'
import { type AnswerMeasurement, measureAnswer } from './voice/measure-answer.ts'

/** Two people and three sentences by the synthesiser; short ones, a long one, and both kinds of answer. */
const MEASURED = ['human-go-forward', 'human-amiable', 'what-time-is-it', 'what-can-you-do', 'repeat-after-me']

/** Played first and not counted: the brain loads its models, Node and Chromium compile what they run. */
const WARM_UP = 'what-is-the-date'

const relay = await startPrivateRelay((line) => console.error(line))
if (!relay.ok) {
  console.error(relay.fault)
  process.exit(1)
}
try {
  await measureAnswer(relay.url, WARM_UP)
  const results: AnswerMeasurement[] = []
  for (const recording of MEASURED) {
    console.error(`${recording} …`)
    results.push(await measureAnswer(relay.url, recording))
  }
  printReport(results)
} finally {
  await relay.stop()
}

function printReport(results: readonly AnswerMeasurement[]): void {
  console.log('\nVoice: end of speech → first sound at the speaker, through the browser, local brain\n')
  for (const { recording, voice, speechEndToFirstSoundMs, silenceMs, speakerMs } of results)
    console.log(
      `${String(speechEndToFirstSoundMs).padStart(6)} ms  ${recording} (${voice}): silence in the answer ${silenceMs}, speaker ${speakerMs}`,
    )
  const sorted = results.map((result) => result.speechEndToFirstSoundMs).sort((a, b) => a - b)
  const p50Ms = sorted[Math.floor(sorted.length / 2)]
  console.log(`${String(p50Ms).padStart(6)} ms  p50\n`)
  console.log(JSON.stringify({ bench: 'voice', p50Ms, maxMs: sorted.at(-1), results }))
}
