/**
 * Whether a relay forgets people who are gone: sessions come and go for ten minutes, talk, lose their line, come back, are taken
 * over and end, and then memory, handles and timers are to be where they were. docs/adr/0013 says how to read it.
 *
 * node scripts/uws-host.mjs tests/bench/soak.bench.ts [--quick] [--minutes 10] [--clients 8]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { History } from '../support/history/history.ts'
import { RelayFleet } from '../support/relay-fleet.ts'
import { startTalkingBrain } from '../support/talking-brain.ts'
import { TalkingClient } from '../support/talking-client.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { leftOver, slopeOf, type Census, type CensusCommands, type Sample } from './survival/census.ts'
import { talkOnce } from './survival/talk-on.ts'

/** Resident memory that grows faster than this, KB a minute, is a leak: a session takes 64 KB at most. */
const MAX_SLOPE_KB = 1024

/** Sockets linger, clients' requests keep theirs for 5 s: so long everything may take to be where it was, ms. */
const SETTLE_MS = 30_000

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    clients: { type: 'string' },
  },
})
const minutes = Number(values.minutes ?? (values.quick ? 0.05 : 10))
const clients = Number(values.clients ?? (values.quick ? 2 : 8))
const sampleMs = Math.min(10_000, (minutes * 60_000) / 10)

/** Nobody judges a soak, and ten minutes of lines would be the leak: what is written down is forgotten. */
class Forgetful extends History {
  override add(): void {
    // Nothing is kept.
  }
}

/** No two clients are alike: what one typed is not taken from another that has the same id for it. */
function* counting(): Generator<number, never> {
  for (let number = 1; ; number = (number % 30_000) + 1) yield number
}

const numbers = counting()
/** Lines on which the last bytes travel. */
const retiring = new Set<Promise<void>>()
const history = new Forgetful()
const brain = await startTalkingBrain({ history, pieces: 5, pieceMs: 40 })
const fleet = await RelayFleet.start<CensusCommands>(1, {
  history,
  brainUrl: brain.url,
  store: 'sqlite',
  probe: import.meta.resolve('./survival/census-probe.ts'),
  nodeArgs: ['--expose-gc'],
})
try {
  process.exitCode = await soak()
} finally {
  await fleet.close()
  await brain.close()
}

async function soak(): Promise<number> {
  const [relay] = fleet.relays
  const port = Number(new URL(relay!.url).port)
  // Once round, so that what is made once for all is there.
  await liveOnce(port)
  await settled()
  const start = await census()
  const beganAtMs = performance.now()
  const elapsed = () => (performance.now() - beganAtMs) / 60_000
  let sessions = 0
  const crowd = Array.from({ length: clients }, async () => {
    while (elapsed() < minutes) {
      await liveOnce(port)
      sessions++
    }
  })
  const isOver = new AbortController()
  const living = Promise.all(crowd).finally(() => isOver.abort())
  const [samples] = await Promise.all([sampleUntil(isOver.signal, elapsed), living])
  await Promise.all(retiring)
  const end = await settled(start)
  // The first fifth is the heap that finds its size.
  const warm = samples.filter((sample) => sample.minutes > minutes / 5)
  const kilobytes = (pick: (census: Census) => number): Sample[] =>
    warm.map((sample) => ({ minutes: sample.minutes, value: pick(sample.census) / 1024 }))
  const rssSlopeKb = Math.round(slopeOf(kilobytes(({ rssBytes }) => rssBytes)))
  const left = leftOver(start, end)
  const report = {
    bench: 'soak',
    minutes,
    clients,
    sessions,
    rssSlopeKbPerMinute: rssSlopeKb,
    heapSlopeKbPerMinute: Math.round(slopeOf(kilobytes(({ heapBytes }) => heapBytes))),
    rssMb: [start, end].map(({ rssBytes }) => Math.round(rssBytes / 1024 ** 2)),
    heapMb: [start, end].map(({ heapBytes }) => Math.round((heapBytes / 1024 ** 2) * 10) / 10),
    resources: end.resources,
    leftOver: left,
  }
  console.log(JSON.stringify(report))
  // What is kept for a minute, such as counts of requests, has to have come and gone.
  const isLeaking = minutes >= 3 && rssSlopeKb > MAX_SLOPE_KB
  return isLeaking || Object.keys(left).length > 0 ? 1 : 0
}

/** @param elapsed minutes */
async function sampleUntil(isOver: AbortSignal, elapsed: () => number) {
  const samples: { readonly minutes: number; readonly census: Census }[] = []
  while (!isOver.aborted) {
    samples.push({ census: await census(), minutes: elapsed() })
    await sleep(sampleMs, undefined, { signal: isOver }).catch(() => undefined)
  }
  return samples
}

function census(): Promise<Census> {
  return fleet.relays[0]!.process.call('census', null)
}

/** Waits until nothing is left over, or long enough. */
async function settled(start?: Census): Promise<Census> {
  const deadlineMs = performance.now() + SETTLE_MS
  for (;;) {
    const now = await census()
    const isBack = start !== undefined && Object.keys(leftOver(start, now)).length === 0
    if (isBack || (start === undefined && !hasSockets(now)) || performance.now() > deadlineMs) return now
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

function hasSockets({ resources }: Census): boolean {
  return (resources['TCPSocketWrap'] ?? 0) > 1
}

/** A session from its beginning to its end, with a lost line and somebody who takes it over. */
async function liveOnce(port: number): Promise<void> {
  const proxy = await startFaultProxy({ port })
  const source = createTicketSource({ baseUrl: `http://127.0.0.1:${proxy.port}`, fetch: nodeFetch })
  const open = (takeOver?: TalkingClient['thread']) => {
    const getTicket = (signal: AbortSignal) => source.getTicket(signal)
    const number = numbers.next().value
    const talker = new TalkingClient({ number, history, getTicket, random: Math.random, ...(takeOver && { takeOver }) })
    talker.client.start()
    return talker
  }
  const first = open()
  await first.ready()
  await talkOnce(first)
  const before = first.sockets
  if (Math.random() < 0.3) {
    proxy.resetAll()
    await first.ready(before)
    await talkOnce(first)
  }
  const second = open(first.thread)
  await second.ready()
  await talkOnce(second)
  first.end()
  await second.leave()
  // Not at once: a goodbye that is cut off leaves a conversation that waits two minutes for its client.
  const gone = proxy.until(() => (proxy.connections.length === 0 ? true : undefined))
  const retired = gone.then(() => proxy.close()).finally(() => retiring.delete(retired))
  retiring.add(retired)
}
