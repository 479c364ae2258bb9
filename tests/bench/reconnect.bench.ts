/**
 * How soon a client is back when its line breaks in the middle of a conversation, and what that loses: nothing, or the exit
 * code is 1. One relay with its file, as people start it at home; docs/adr/0013 says how to read it.
 *
 * node scripts/uws-host.mjs tests/bench/reconnect.bench.ts [--quick] [--drops 240] [--clients 40]
 */
import { parseArgs } from 'node:util'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { History, keepHistory } from '../support/history/history.ts'
import { RelayFleet } from '../support/relay-fleet.ts'
import { startTalkingBrain } from '../support/talking-brain.ts'
import { TalkingClient } from '../support/talking-client.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { interruptionsOf } from './survival/interruptions.ts'
import { percentilesOf } from './survival/percentiles.ts'
import { readResumeTime } from './survival/resume-time.ts'
import { everybodyTalks, talkOn } from './survival/talk-on.ts'
import { verdictOf } from './survival/verdict.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    drops: { type: 'string' },
    clients: { type: 'string' },
  },
})
const drops = Number(values.drops ?? (values.quick ? 9 : 240))
const clients = Number(values.clients ?? (values.quick ? 3 : 40))

/** A client that lost its line a moment ago waits longer each time; after 10 s a new loss is the first again. */
const healthyMs = values.quick ? 0 : 10_000

const history = new History()
const brain = await startTalkingBrain({ history, pieces: 10, pieceMs: 40 })
const fleet = await RelayFleet.start(1, { history, brainUrl: brain.url, store: 'sqlite' })
try {
  process.exitCode = await measure()
} finally {
  await fleet.close()
  await brain.close()
}

async function measure(): Promise<number> {
  const [relay] = fleet.relays
  const port = Number(new URL(relay!.url).port)
  const victims = await Promise.all(Array.from({ length: clients }, (_, index) => openVictim(index + 1, port)))
  const talkers = victims.map(({ talker }) => talker)
  const stops = talkers.map(talkOn)
  await everybodyTalks(talkers, 1)
  for (let dropped = 0; dropped < drops;) {
    const round = victims.slice(0, drops - dropped)
    await Promise.all(round.map(dropOnce))
    dropped += round.length
    console.error(`${dropped} of ${drops} drops`)
  }
  await Promise.all(stops.map((stop) => stop()))
  await Promise.all(talkers.map((talker) => talker.leave()))
  const interruptions = interruptionsOf(history.lines)
  const violations = await fleet.judge({})
  if (violations.length > 0) console.error(`the history is kept in ${await keepHistory(history.lines, [])}`)
  const { lost, doubled, other } = verdictOf(violations)
  const report = {
    bench: 'reconnect',
    clients,
    drops: interruptions.length,
    /** With the client's own wait, which spreads clients over 0.3 s. */
    reconnectMs: percentilesOf(interruptions.map(({ reconnectMs }) => reconnectMs)),
    withoutWaitMs: percentilesOf(victims.flatMap(({ attemptsMs }) => attemptsMs)),
    relayResume: await readResumeTime(relay!.adminUrl),
    lost,
    doubled,
    other,
  }
  await Promise.all(victims.map(({ proxy }) => proxy.close()))
  console.log(JSON.stringify(report))
  return violations.length === 0 && interruptions.length >= drops ? 0 : 1
}

type Victim = Awaited<ReturnType<typeof openVictim>>

/** A client behind a line that can be broken. */
async function openVictim(number: number, port: number) {
  const proxy = await startFaultProxy({ port })
  const source = createTicketSource({ baseUrl: `http://127.0.0.1:${proxy.port}`, fetch: nodeFetch })
  const talker = new TalkingClient({
    number,
    history,
    getTicket: (signal) => source.getTicket(signal),
    random: Math.random,
  })
  const attemptsMs: number[] = []
  let attemptAtMs = performance.now()
  let isReturn = false
  talker.client.events.on('state', ({ name }) => {
    if (name === 'connecting') attemptAtMs = performance.now()
    if (name !== 'open') return
    if (isReturn) attemptsMs.push(performance.now() - attemptAtMs)
    isReturn = true
  })
  talker.client.start()
  await talker.ready()
  return { proxy, talker, attemptsMs }
}

/** Breaks the line at some moment of the conversation, and waits until it goes on. */
async function dropOnce({ proxy, talker }: Victim): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, healthyMs + Math.random() * 300))
  const before = talker.sockets
  proxy.resetAll()
  await talker.ready(before)
  await everybodyTalks([talker], 1)
}
