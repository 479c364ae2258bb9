import { type Browser as PlaywrightBrowser, type Page } from 'playwright-core'
import { generationComplete, speech, turnComplete } from '../../support/scripted-live-messages.ts'
import { usageOf } from './chromium-processes.ts'
import { pause, tone } from './measure-delays.ts'
import { type TalkStage } from './talk-stage.ts'

/** The brain speaks half of the time. */
const TURN_MS = 4_000
const SPEECH_MS = 2_000

/** What was just done is over by then, ms. */
const SETTLE_MS = 2_000

/** Share of one core, per cent. */
export interface ProcessorUse {
  /** The panel is open, and nobody talks. */
  readonly idlePercent: number
  /** The microphone is open and sent, and an answer is heard half of the time. */
  readonly talkingPercent: number
}

export async function measureProcessor(stage: TalkStage, windowMs: number): Promise<ProcessorUse> {
  await pause(SETTLE_MS)
  const idlePercent = await percentOver(stage, () => pause(windowMs))
  await stage.start()
  const brain = await stage.brain()
  await pause(SETTLE_MS)
  const talkingPercent = await percentOver(stage, async () => {
    for (let passedMs = 0; passedMs < windowMs; passedMs += TURN_MS) {
      brain.send(speech(tone(SPEECH_MS)))
      brain.send(generationComplete)
      brain.send(turnComplete)
      await pause(TURN_MS)
    }
  })
  await stage.stop()
  return { idlePercent, talkingPercent }
}

async function percentOver(stage: TalkStage, run: () => Promise<void>): Promise<number> {
  const before = await usageOf(chromiumOf(stage))
  const startedAtMs = performance.now()
  await run()
  const { cpuMs } = await usageOf(chromiumOf(stage))
  return rounded(((cpuMs - before.cpuMs) / (performance.now() - startedAtMs)) * 100)
}

/** After so many conversations, with nobody talking and everything collected that could be. */
export interface Memory {
  readonly cycles: number
  /** JavaScript of the extension's pages, KiB: panel and offscreen document share a process and its heap. */
  readonly heapKb: number
  /** Of all processes, MiB. */
  readonly rssMb: number
}

/** @param counts of conversations after which it is looked, smallest first */
export async function measureMemory(stage: TalkStage, counts: readonly number[]): Promise<readonly Memory[]> {
  const memories: Memory[] = []
  let cycles = 0
  for (const count of counts) {
    for (; cycles < count; cycles++) {
      await stage.start()
      await stage.stop()
    }
    await pause(SETTLE_MS)
    const { rssMb } = await usageOf(chromiumOf(stage))
    memories.push({ cycles, heapKb: await heapOf(stage.panel), rssMb })
  }
  return memories
}

async function heapOf(panel: Page): Promise<number> {
  const session = await panel.context().newCDPSession(panel)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return Math.round(usedSize / 1024)
}

function chromiumOf({ browser }: TalkStage): PlaywrightBrowser {
  const chromium = browser.context.browser()
  if (chromium === null) throw new Error('the browser is gone')
  return chromium
}

function rounded(percent: number): number {
  return Math.round(percent * 10) / 10
}
