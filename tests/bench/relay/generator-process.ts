/** The people: as many real-time sessions as are asked for, in one process of their own. */
import { createTicketSource } from '../../../shared/client/ticket-client.ts'
import { serveCommands } from './command-channel.ts'
import { type FleetPlan, type GeneratorCommands } from './commands.ts'
import { LatencySamples } from './latency-samples.ts'
import { type FleetCounters, LoadSession } from './load-session.ts'
import { Metronome } from './metronome.ts'
import { nodeFetch } from '../../../scripts/talk/node-fetch.ts'
import { MICROPHONE_PERIOD_MS, PING_PERIOD_MS } from './workload.ts'

interface Fleet {
  readonly sessions: LoadSession[]
  readonly counters: FleetCounters
  readonly metronome: Metronome<LoadSession>
}

/** Sessions that are opened at a time: well below what a relay admits before it knows who is there. */
const OPENED_AT_ONCE = 16

const fleets = new Map<string, Fleet>()
const downLatency = new LatencySamples()
/** Goes on between the windows: fleets that wait for theirs stay connected. */
const heartbeat = new Metronome<LoadSession>(PING_PERIOD_MS, (session) => session.ping())
heartbeat.start()

serveCommands<GeneratorCommands>({
  open,
  stream: ({ fleet, on }) => {
    const { metronome } = fleetOf(fleet)
    if (on) metronome.start()
    else metronome.stop()
  },
  mark: () => {
    downLatency.clear()
  },
  window: () => downLatency.summary(),
  totals: ({ fleet }) => fleetOf(fleet).counters,
  close: ({ fleet }) => {
    const { sessions, metronome } = fleetOf(fleet)
    metronome.stop()
    for (const session of sessions) {
      heartbeat.leave(session)
      session.end()
    }
    fleets.delete(fleet)
    return Promise.resolve()
  },
})

async function open(plan: FleetPlan): Promise<void> {
  const sessions: LoadSession[] = []
  const fleet: Fleet = {
    sessions,
    counters: { audioSent: 0, imagesSent: 0, speechReceived: 0, faults: [] },
    metronome: new Metronome(MICROPHONE_PERIOD_MS, (session) => session.speak()),
  }
  fleets.set(plan.fleet, fleet)
  const tickets = createTicketSource({ baseUrl: plan.url, fetch: nodeFetch })
  const { signal } = new AbortController()
  const floorUrl = plan.url.replace(/^http/, 'ws')

  async function openOne(): Promise<void> {
    const ticket = plan.kind === 'relay' ? await tickets.getTicket(signal) : undefined
    const session = new LoadSession({ ticket, floorUrl, counters: fleet.counters, downLatency })
    await session.live
    sessions.push(session)
    fleet.metronome.join(session)
    heartbeat.join(session)
  }

  // The first pairs for all.
  await openOne()
  let missing = plan.sessions - 1
  async function openOneByOne(): Promise<void> {
    while (missing-- > 0) await openOne()
  }
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, openOneByOne))
}

function fleetOf(name: string): Fleet {
  const fleet = fleets.get(name)
  if (fleet === undefined) throw new Error(`no fleet ${name}`)
  return fleet
}
