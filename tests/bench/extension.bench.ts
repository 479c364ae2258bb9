/**
 * What the extension costs a person, in Chromium as it is built: waits that are heard or felt, processor time, memory.
 *
 * npm run bench -- extension
 * node scripts/uws-host.mjs tests/bench/extension.bench.ts --quick
 */
import { parseArgs } from 'node:util'
import { type Delays, measureDelays } from './extension/measure-delays.ts'
import { measureMemory, measureProcessor } from './extension/measure-upkeep.ts'
import { openTalkStage, type TalkStage } from './extension/talk-stage.ts'

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values

const EXTENT = quick
  ? { rounds: 15, windowMs: 20_000, cycles: [2, 6] }
  : { rounds: 20, windowMs: 60_000, cycles: [5, 50] }

/** What design and platform allow, ms at the median and at the 95th percentile. */
const GOALS: Readonly<Record<keyof Delays, readonly [number, number]>> = {
  clickToFrameMs: [100, 150],
  microphoneToFrameMs: [60, 75],
  speechToSoundMs: [60, 75],
  interruptedToSilenceMs: [50, 60],
}

const LABELS: Readonly<Record<keyof Delays, string>> = {
  clickToFrameMs: 'click on the round button → first microphone frame at the relay',
  microphoneToFrameMs: 'sound at the microphone → its frame at the relay',
  speechToSoundMs: 'speech leaves the relay → sound at the speaker',
  interruptedToSilenceMs: '`interrupted` leaves the relay → silence at the speaker',
}

const delays = await onStage('delays', (stage) => measureDelays(stage, EXTENT.rounds))
const processor = await onStage('processor time', (stage) => measureProcessor(stage, EXTENT.windowMs))
const memory = await onStage('memory', (stage) => measureMemory(stage, EXTENT.cycles))

console.log('\nExtension: the panel open, a real relay, a brain that answers at once\n')
for (const name of Object.keys(LABELS) as (keyof Delays)[]) {
  const { p50, p95 } = delays[name]
  const [goal50, goal95] = GOALS[name]
  console.log(
    `${p50.toFixed(1).padStart(7)} ms  ${p95.toFixed(1).padStart(6)} p95  ${LABELS[name]} (goal ${goal50} / ${goal95})`,
  )
}
console.log(`${processor.idlePercent.toFixed(1).padStart(7)} %   of a core while nobody talks`)
console.log(`${processor.talkingPercent.toFixed(1).padStart(7)} %   of a core while somebody does`)
for (const { cycles, heapKb, rssMb } of memory)
  console.log(`${String(heapKb).padStart(7)} KiB of JavaScript and ${rssMb} MiB in all after ${cycles} conversations`)
console.log(`\n${JSON.stringify({ bench: 'extension', quick, delays, processor, memory })}`)

/** A browser, a relay and a brain of their own for each kind of figure. */
async function onStage<Result>(what: string, measure: (stage: TalkStage) => Promise<Result>): Promise<Result> {
  console.error(`${what} …`)
  const stage = await openTalkStage()
  try {
    return await measure(stage)
  } finally {
    await stage.close()
  }
}
