import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestCertificate } from '../../support/test-certificate.ts'
import { monotonicUs, sleep } from './clock.ts'
import { BenchProcess } from './command-channel.ts'
import {
  type FloorCommands,
  type GeneratorCommands,
  type ProcessUsage,
  type ServerFiles,
  type UpstreamCommands,
  type UsageCommands,
} from './commands.ts'
import { type LatencySummary } from './latency-samples.ts'
import { relayEnvironment } from './relay-environment.ts'

/** How relay and floor reach the brain: TLS is what Google has. */
export type UpstreamKind = 'plain' | 'tls'

export interface BenchPlan {
  readonly sessions: readonly number[]
  readonly upstreams: readonly UpstreamKind[]
  /** Engines of the relay; the floor is measured beside them always. */
  readonly engines: readonly string[]
  /** How often each variant has its window, in turn with the others. */
  readonly rounds: number
  readonly windowMs: number
  /** From the first frame to the beginning of the window. */
  readonly leadInMs: number
  /** A first turn of each that is not measured: code gets compiled, heaps grow. */
  readonly warmUpMs: number
  /** Where the relays leave their processor profiles, if they are to make any. */
  readonly profileFolder?: string
  /** How often a relay is started to see how long that takes. */
  readonly starts: number
}

/** One variant's window. */
export interface Window {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly generatorCpuSeconds: number
  readonly up: LatencySummary
  readonly down: LatencySummary
}

export interface VariantMeasurement {
  readonly variant: string
  readonly windows: readonly Window[]
  /** Resident memory before the first session, bytes. */
  readonly rssEmptyBytes: number
  /** Resident memory at the end of the last window, all sessions connected, bytes. */
  readonly rssFullBytes: number
  /**
   * Pictures of all that were sent for which a newer one went to the brain. A relay does that when pictures come twice
   * a second, which happens here when the machine stood still; above a few per cent it did less work than the floor.
   */
  readonly replacedPictures: number
}

interface Variant {
  readonly name: string
  readonly kind: 'relay' | 'floor'
  readonly process: BenchProcess<UsageCommands>
  readonly url: string
  readonly rssEmptyBytes: number
  readonly windows: Window[]
}

interface Rig {
  readonly upstream: BenchProcess<UpstreamCommands>
  readonly generator: BenchProcess<GeneratorCommands>
}

const ROOT = join(import.meta.dirname, '../../..')

/** What is on the way when a window closes arrives in this time, on a machine that is not overwhelmed. */
const DRAIN_TIMEOUT_MS = 5000

/**
 * Measures all variants with this many sessions each, in alternation, in processes that serve nothing else.
 *
 * @throws {Error} when frames were lost or a session ended: the figures would be of another load
 */
export async function measureFleetSize(
  sessions: number,
  kind: UpstreamKind,
  plan: BenchPlan,
): Promise<VariantMeasurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aside-bench-'))
  const processes: BenchProcess<UsageCommands>[] = []
  const killAll = () => {
    for (const process of processes) process.kill()
  }
  process.once('exit', killAll)
  try {
    return await measureIn(
      { folder, processes, plan, tls: kind === 'tls' ? await writeCertificate(folder) : undefined },
      sessions,
    )
  } finally {
    await Promise.all(processes.map((process) => process.stop()))
    process.off('exit', killAll)
    await rm(folder, { recursive: true, force: true })
  }
}

interface Site {
  readonly folder: string
  readonly processes: BenchProcess<UsageCommands>[]
  readonly plan: BenchPlan
  /** Of an upstream that speaks TLS. */
  readonly tls: ServerFiles | undefined
}

/** A certificate of this run, which relay and floor are told to trust. */
async function writeCertificate(folder: string): Promise<ServerFiles> {
  const certificate = createTestCertificate()
  const files = { key: join(folder, 'upstream.key'), cert: join(folder, 'upstream.cert') }
  await Promise.all([writeFile(files.key, certificate.key), writeFile(files.cert, certificate.cert)])
  return files
}

async function measureIn(site: Site, sessions: number): Promise<VariantMeasurement[]> {
  const { processes, plan, tls } = site
  const trust = tls === undefined ? {} : { NODE_EXTRA_CA_CERTS: tls.cert }
  const start = <Served extends UsageCommands>(script: string) => {
    const child = new BenchProcess<Served>([fileURLToPath(script)], { env: { ...process.env, ...trust } })
    processes.push(child)
    return child
  }
  const rig = {
    upstream: start<UpstreamCommands>(import.meta.resolve('./upstream-process.ts')),
    generator: start<GeneratorCommands>(import.meta.resolve('./generator-process.ts')),
  }
  const upstreamPort = await rig.upstream.call('listen', tls ?? null)
  const secure = tls === undefined ? '' : 's'
  const floor = start<FloorCommands>(import.meta.resolve('./floor-process.ts'))
  const floorPort = await floor.call('listen', { upstream: `ws${secure}://127.0.0.1:${upstreamPort}/floor` })
  const variants = [await createVariant('floor', 'floor', floor, `http://127.0.0.1:${floorPort}`)]
  for (const engine of plan.engines) {
    const relay = startRelay(engine, `http${secure}://127.0.0.1:${upstreamPort}/${engine}`, trust, site)
    processes.push(relay)
    const [, url = ''] = await relay.line(new RegExp(`aside relay ready on (http://\\S+) \\(engine ${engine},`))
    variants.push(await createVariant(engine, 'relay', relay, url))
  }
  for (const { name, kind, url } of variants) await rig.generator.call('open', { fleet: name, kind, url, sessions })
  await playRounds(rig, variants, plan)
  return Promise.all(variants.map((variant) => closeVariant(rig, variant)))
}

async function createVariant(
  name: string,
  kind: Variant['kind'],
  process: BenchProcess<UsageCommands>,
  url: string,
): Promise<Variant> {
  const { rssBytes } = await process.call('usage', null)
  return { name, kind, process, url, rssEmptyBytes: rssBytes, windows: [] }
}

/** The relay as its users start it, but for a brain that is ours and no limit on sessions. */
function startRelay(
  engine: string,
  liveUrl: string,
  trust: Readonly<Record<string, string>>,
  { folder, plan }: Site,
): BenchProcess<UsageCommands> {
  const profile =
    plan.profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', join(plan.profileFolder, engine)]
  return new BenchProcess(
    [...profile, '--import', import.meta.resolve('./usage-probe.ts'), join(ROOT, 'relay/main.ts')],
    {
      cwd: folder,
      env: relayEnvironment({ ASIDE_ENGINE: engine, ASIDE_LIVE_URL: liveUrl, GEMINI_API_KEY: 'bench', ...trust }),
    },
  )
}

/** Each round begins with another variant, so that none always follows the same neighbour. */
async function playRounds(rig: Rig, variants: readonly Variant[], plan: BenchPlan): Promise<void> {
  if (plan.warmUpMs > 0) for (const variant of variants) await playWindow(rig, variant, plan.leadInMs, plan.warmUpMs)
  for (let round = 0; round < plan.rounds; round++)
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(round + turn) % variants.length]
      if (variant !== undefined) variant.windows.push(await playWindow(rig, variant, plan.leadInMs, plan.windowMs))
    }
}

async function playWindow(rig: Rig, variant: Variant, leadInMs: number, windowMs: number): Promise<Window> {
  const { upstream, generator } = rig
  const fleet = variant.name
  await Promise.all([generator.call('stream', { fleet, on: true }), upstream.call('speak', { fleet, on: true })])
  await sleep(leadInMs)
  await Promise.all([generator.call('mark', null), upstream.call('mark', null)])
  const begin = await readUsage(rig, variant)
  await sleep(windowMs)
  const end = await readUsage(rig, variant)
  const [up, down] = await Promise.all([upstream.call('window', null), generator.call('window', null)])
  await Promise.all([generator.call('stream', { fleet, on: false }), upstream.call('speak', { fleet, on: false })])
  await waitUntilNothingIsOnTheWay(rig, fleet)
  return {
    seconds: (end.atUs - begin.atUs) / 1e6,
    cpuSeconds: end.own.cpuSeconds - begin.own.cpuSeconds,
    generatorCpuSeconds: end.generator.cpuSeconds - begin.generator.cpuSeconds,
    up,
    down,
  }
}

async function readUsage(
  rig: Rig,
  variant: Variant,
): Promise<{ atUs: number; own: ProcessUsage; generator: ProcessUsage }> {
  const [own, generator] = await Promise.all([variant.process.call('usage', null), rig.generator.call('usage', null)])
  return { atUs: monotonicUs(), own, generator }
}

async function waitUntilNothingIsOnTheWay(rig: Rig, fleet: string): Promise<void> {
  const deadline = Date.now() + DRAIN_TIMEOUT_MS
  for (;;) {
    const [sent, received] = await Promise.all([
      rig.generator.call('totals', { fleet }),
      rig.upstream.call('totals', { fleet }),
    ])
    if (sent.faults.length > 0) throw new Error(`${fleet}: ${sent.faults.join('; ')}`)
    const micLost = sent.audioSent - received.audioReceived
    const speechLost = received.speechSent - sent.speechReceived
    if (micLost === 0 && speechLost === 0) return
    if (Date.now() > deadline)
      throw new Error(
        `${fleet} lost ${micLost} of ${sent.audioSent} microphone frames and ${speechLost} of ${received.speechSent} speech frames`,
      )
    await sleep(50)
  }
}

async function closeVariant({ upstream, generator }: Rig, variant: Variant): Promise<VariantMeasurement> {
  const { name: fleet, windows, rssEmptyBytes } = variant
  const { rssBytes } = await variant.process.call('usage', null)
  const { imagesSent } = await generator.call('totals', { fleet })
  const { imagesReceived } = await upstream.call('totals', { fleet })
  await generator.call('close', { fleet })
  const replacedPictures = imagesSent === 0 ? 0 : (imagesSent - imagesReceived) / imagesSent
  return { variant: fleet, windows, rssEmptyBytes, rssFullBytes: rssBytes, replacedPictures }
}
