import { describe, expect, it, onTestFinished } from 'vitest'
import { everybodyTalks, talkOn } from '../bench/survival/talk-on.ts'
import { History } from '../support/history/history.ts'
import { RelayFleet } from '../support/relay-fleet.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { startTalkingBrain } from '../support/talking-brain.ts'
import { TalkingClient } from '../support/talking-client.ts'

const CLIENTS = 20

/** More than an instance may take to hear over Redis that a conversation is somebody else's, ms. */
const TAKEOVER_MS = 400

async function newFleet() {
  const history = new History()
  const brain = await startTalkingBrain({ history, pieces: 5, pieceMs: 40 })
  onTestFinished(() => brain.close())
  const fleet = await RelayFleet.start(2, { history, brainUrl: brain.url })
  onTestFinished(() => fleet.close())
  const talkers = Array.from({ length: CLIENTS }, (_, index) => {
    const random = seededRandom(index)
    return new TalkingClient({
      number: index + 1,
      history,
      getTicket: fleet.tickets(index),
      random: () => random() / 4,
    })
  })
  onTestFinished(() => {
    for (const talker of talkers) talker.end()
  })
  for (const talker of talkers) talker.client.start()
  await Promise.all(talkers.map((talker) => talker.ready()))
  return { history, fleet, talkers }
}

describe('two relays, one Redis, twenty clients who talk', () => {
  it('lose and double nothing when one relay is killed and then the other is retired', async () => {
    const { history, fleet, talkers } = await newFleet()
    const [first, second] = fleet.relays
    const stops = talkers.map(talkOn)
    await everybodyTalks(talkers, 2)

    await fleet.kill(first!)
    await everybodyTalks(talkers, 2)

    await fleet.add()
    expect(await fleet.retire(second!)).toBe(0)
    await everybodyTalks(talkers, 2)

    await Promise.all(stops.map((stop) => stop()))
    await Promise.all(talkers.map((talker) => talker.leave()))
    await fleet.expectKept({ takeoverMs: TAKEOVER_MS })

    // Half of them were on each relay, so everybody moved at least once, and everybody was moved by the second.
    const moves = talkers.map(({ sockets }) => sockets)
    expect(Math.min(...moves)).toBeGreaterThanOrEqual(2)
    expect(moves.filter((count) => count >= 3).length).toBeGreaterThanOrEqual(CLIENTS / 2)
    const moved = history.lines.filter(
      (line) => line.event === 'received' && 'type' in line.frame && line.frame.type === 'session.moved',
    )
    expect(moved.length).toBe(CLIENTS)
  })
})
