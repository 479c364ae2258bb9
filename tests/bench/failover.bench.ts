/**
 * How long a conversation is interrupted when its relay is killed and it goes on at another, and what that loses: nothing, or
 * the exit code is 1. Two relays, one Redis; docs/adr/0013 says how to read it.
 *
 * node scripts/uws-host.mjs tests/bench/failover.bench.ts [--quick] [--rounds 5] [--clients 20]
 */
import { parseArgs } from 'node:util'
import { History, keepHistory } from '../support/history/history.ts'
import { RelayFleet } from '../support/relay-fleet.ts'
import { startTalkingBrain } from '../support/talking-brain.ts'
import { TalkingClient } from '../support/talking-client.ts'
import { interruptionsOf } from './survival/interruptions.ts'
import { percentilesOf } from './survival/percentiles.ts'
import { everybodyTalks, talkOn } from './survival/talk-on.ts'
import { verdictOf } from './survival/verdict.ts'

/** More than a relay may take to hear over Redis that a conversation is somebody else's, ms. */
const TAKEOVER_MS = 400

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    clients: { type: 'string' },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
const clients = Number(values.clients ?? (values.quick ? 4 : 20))

const history = new History()
const brain = await startTalkingBrain({ history, pieces: 10, pieceMs: 40 })
const fleet = await RelayFleet.start(2, { history, brainUrl: brain.url })
try {
  process.exitCode = await measure()
} finally {
  await fleet.close()
  await brain.close()
}

async function measure(): Promise<number> {
  const talkers = Array.from(
    { length: clients },
    (_, index) =>
      new TalkingClient({ number: index + 1, history, getTicket: fleet.tickets(index), random: Math.random }),
  )
  for (const talker of talkers) talker.client.start()
  await Promise.all(talkers.map((talker) => talker.ready()))
  const stops = talkers.map(talkOn)
  await everybodyTalks(talkers, 1)
  for (let round = 1; round <= rounds; round++) {
    await fleet.kill(fleet.relays[0]!)
    await everybodyTalks(talkers, 2)
    await fleet.add()
    console.error(`round ${round} of ${rounds}`)
  }
  await Promise.all(stops.map((stop) => stop()))
  await Promise.all(talkers.map((talker) => talker.leave()))
  const interruptions = interruptionsOf(history.lines)
  const violations = await fleet.judge({ takeoverMs: TAKEOVER_MS })
  if (violations.length > 0) console.error(`the history is kept in ${await keepHistory(history.lines, [])}`)
  const { lost, doubled, other } = verdictOf(violations)
  const report = {
    bench: 'failover',
    clients,
    kills: rounds,
    /** From the last frame of the relay that was killed to `session.ready` of the other. */
    interruptionMs: percentilesOf(interruptions.map(({ silentMs }) => silentMs)),
    reconnectMs: percentilesOf(interruptions.map(({ reconnectMs }) => reconnectMs)),
    lost,
    doubled,
    other,
  }
  console.log(JSON.stringify(report))
  return violations.length === 0 ? 0 : 1
}
