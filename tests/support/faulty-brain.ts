import { expect, onTestFinished } from 'vitest'
import { type RelayDeps } from '../../relay/relay-inside.ts'
import { readFaultPlan, type FaultPlan } from '../../relay/local-live/faults/fault-plan.ts'
import { startLocalLive } from '../../relay/local-live/local-live.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { QUICK_SPEECH } from './quick-speech.ts'
import { newTestRelay, type TestRelay } from './test-relay.ts'
import { microphoneFrame, openTestClient, type Arrivals, type TestClient } from './test-relay-client.ts'

/** A conversation that has not come to its end by now never will. */
const PATIENCE_MS = 25_000
/** So many cases at the same time: most of each is waiting. */
const AT_ONCE = 5
/** 0.5 s of a loud voice, and silence enough to end a turn. */
const VOICED_FRAMES = 16
const SILENT_FRAMES = 24

/** Less patience than the product has; still many times what an answer takes here. */
const TIMES: NonNullable<RelayDeps['times']> = {
  patience: { cutAnswerMs: 500, toolAnswerMs: 1_500, answerMs: 1_500, answerEndMs: 1_500 },
}

export interface FaultyStageOptions {
  readonly setup?: SessionSetup
  readonly deps?: Partial<RelayDeps>
}

/** A client, a real relay and the local brain with faults; everything ends with the test. */
export interface FaultyStage extends TestClient {
  readonly log: TestRelay['log']
  /** Types a turn. */
  readonly type: (id: string, text: string) => void
  /** Says something aloud: the brain understands `QUICK_WORDS`. */
  readonly say: () => void
  /** Types a turn, and resolves when it was answered as it must and is complete, and nothing in between was lost or doubled. */
  readonly goesOn: () => Promise<void>
}

/** A relay whose brain does wrong what the faults say. @param faults as on the command line */
export async function newFaultyRelay(faults: readonly string[], deps: Partial<RelayDeps> = {}): Promise<TestRelay> {
  const live = await startLocalLive({ port: 0, workers: QUICK_SPEECH, faults: faults.map(plan) })
  onTestFinished(() => live.close())
  return newTestRelay({ env: { ASIDE_LIVE_URL: live.url }, deps: { times: TIMES, ...deps } })
}

export async function newFaultyStage(
  faults: readonly string[],
  { setup, deps }: FaultyStageOptions = {},
): Promise<FaultyStage> {
  const { url, log } = await newFaultyRelay(faults, deps)
  const test = await openTestClient(url, setup)
  const type = (id: string, text: string) => test.client.send({ type: 'text.send', id, text })
  const say = () => {
    const loud = Array.from({ length: VOICED_FRAMES }, () => microphoneFrame(8_000))
    const quiet = Array.from({ length: SILENT_FRAMES }, () => microphoneFrame(0))
    test.speak(...loud, ...quiet)
  }
  return { ...test, log, type, say, goesOn: () => goesOn(test.arrivals, log, type) }
}

/** Plays the cases, some at the same time. @throws with the names of those that failed, and why */
export async function together<Case extends readonly [name: string, ...unknown[]]>(
  cases: readonly Case[],
  play: (one: Case) => Promise<void>,
): Promise<void> {
  const waiting = [...cases]
  const failures: string[] = []
  const playNext = async (): Promise<void> => {
    const one = waiting.shift()
    if (one === undefined) return
    await inTime(play(one)).catch((error: unknown) => failures.push(`${one[0]}: ${sentence(error)}`))
    await playNext()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, playNext))
  expect(failures).toEqual([])
}

/** States of the brain as the user was told them, without repetitions. */
export function statesOf(arrivals: Arrivals): readonly string[] {
  return arrivals.of('session.state').map(({ upstream }) => upstream)
}

async function goesOn(arrivals: Arrivals, log: TestRelay['log'], type: FaultyStage['type']): Promise<void> {
  type('afterwards', 'Repeat after me: all is well.')
  const isAnswer = ({ role, text }: { role: string; text: string }) => role === 'assistant' && text === 'all is well.'
  const { turn } = await arrivals.message('transcript.final', isAnswer)
  await arrivals.message('turn.complete', (message) => message.turn === turn)
  expect(statesOf(arrivals).at(-1)).toBe('live')
  const finals = arrivals.of('transcript.final')
  expect(finals.filter(isAnswer)).toHaveLength(1)
  expect(finals.map(({ seq }) => seq)).toEqual(finals.map((_, index) => index + 1))
  const ids = finals.flatMap(({ id }) => id ?? [])
  expect(new Set(ids).size).toBe(ids.length)
  const turns = arrivals.of('turn.complete').map((message) => message.turn)
  expect(new Set(turns).size).toBe(turns.length)
  // What the relay logs as an error is a fault of its own.
  expect(log.filter(({ level }) => Number(level) >= 50 || level === 'error')).toEqual([])
}

function plan(text: string): FaultPlan {
  const read = readFaultPlan(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

async function inTime(playing: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not over after ${PATIENCE_MS} ms`)), PATIENCE_MS)
  try {
    await Promise.race([playing, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
