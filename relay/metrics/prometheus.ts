import { collectDefaultMetrics, Counter, Gauge, Histogram, register as processRegister, Registry } from 'prom-client'
import { type Metrics } from '../metrics.ts'
import { closeCodeLabel, createBoundedLabel } from './bounded-label.ts'

export interface Prometheus {
  readonly metrics: Metrics
  readonly contentType: string
  /** Everything that was counted, in Prometheus' text format. */
  text(): Promise<string>
}

export interface BuildInfo {
  readonly version: string
  readonly engine: string
  readonly brain: string
}

/** From a good local answer to the longest a person waits, seconds. */
const ANSWER_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10]

/** What the relay itself may add to a frame is single milliseconds; seconds. */
const ADDED_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1]

/** From an answer out of memory to the time-out of a call; seconds. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** From a quick tool to the longest one may take; seconds. */
const TOOL_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60]

/** Stable codes of ours are some thirty. */
const MOST_CODES = 64
const MOST_OPERATIONS = 48

/**
 * Counts for Prometheus. Names follow its conventions (https://prometheus.io/docs/practices/naming/): `aside_…`, base units.
 * Every label is one of few values (docs/adr/0012); nothing is called per frame of sound.
 */
export function createPrometheus(build: BuildInfo): Prometheus {
  const registry = new Registry()
  countProcess()
  new Gauge({
    name: 'aside_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'engine', 'brain'],
    registers: [registry],
  }).set({ ...build }, 1)
  const metrics: Metrics = {
    ...countSockets(registry),
    ...countSessions(registry),
    ...countTurns(registry),
    ...countTrouble(registry),
    ...countUpstream(registry),
    ...countCalls(registry),
  }
  const all = Registry.merge([registry, processRegister])
  return { metrics, contentType: all.contentType, text: () => all.metrics() }
}

/** Memory, processor, handles and event-loop lag belong to the process, however many relays it holds. */
function countProcess(): void {
  if (processRegister.getSingleMetric('process_start_time_seconds') === undefined) collectDefaultMetrics()
}

function countSockets(registry: Registry): Pick<Metrics, 'socketOpened' | 'socketClosed'> {
  const registers = [registry]
  const open = new Gauge({ name: 'aside_sockets', help: 'Sockets that are open.', registers })
  const opened = new Counter({ name: 'aside_sockets_opened_total', help: 'Sockets that were opened.', registers })
  const closed = new Counter({
    name: 'aside_sockets_closed_total',
    help: 'Sockets that closed, by close code.',
    labelNames: ['code'],
    registers,
  })
  return {
    socketOpened: () => {
      open.inc()
      opened.inc()
    },
    socketClosed: (code) => {
      open.dec()
      closed.inc({ code: closeCodeLabel(code) })
    },
  }
}

type SessionMetrics = Pick<Metrics, 'sessionAttached' | 'sessionReady' | 'sessionDetached' | 'observe'>

function countSessions(registry: Registry): SessionMetrics {
  const registers = [registry]
  const sources: Parameters<Metrics['observe']>[0][] = []
  const sum = (depth: 'outboxBytes' | 'uplinkBytes' | 'sessions') =>
    sources.reduce((total, source) => total + source()[depth], 0)
  const active = new Gauge({ name: 'aside_sessions_active', help: 'Conversations with a client.', registers })
  const attached = new Counter({
    name: 'aside_sessions_attached_total',
    help: 'Conversations that got a client: new, resumed where they were, or resumed with their history only.',
    labelNames: ['how'],
    registers,
  })
  const ready = new Histogram({
    name: 'aside_session_ready_seconds',
    help: 'Time from session.start to session.ready.',
    labelNames: ['how'],
    buckets: CALL_BUCKETS,
    registers,
  })
  let activeCount = 0
  gauge(registry, 'aside_sessions_held', 'Conversations in memory, with or without a client.', () => sum('sessions'))
  gauge(registry, 'aside_sessions_detached', 'Conversations in memory that wait for their client to come back.', () =>
    Math.max(0, sum('sessions') - activeCount),
  )
  gauge(registry, 'aside_outbox_bytes', 'Bytes that wait for clients to read them.', () => sum('outboxBytes'))
  gauge(registry, 'aside_uplink_bytes', 'Bytes that wait for brains to take them.', () => sum('uplinkBytes'))
  return {
    sessionAttached: (how) => {
      active.set(++activeCount)
      attached.inc({ how })
    },
    sessionReady: (how, durationMs) => ready.observe({ how }, durationMs / 1000),
    sessionDetached: () => active.set(--activeCount),
    observe: (depths) => sources.push(depths),
  }
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value())
    },
  })
}

function countTurns(registry: Registry): Pick<Metrics, 'turnCompleted' | 'toolEnded'> {
  const registers = [registry]
  const turns = new Counter({ name: 'aside_turns_total', help: 'Turns that were completed.', registers })
  const histogram = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, registers })
  const inputFinal = histogram(
    'aside_turn_input_final_seconds',
    'From the end of speech to its whole transcript.',
    ANSWER_BUCKETS,
  )
  const upstream = histogram(
    'aside_turn_first_audio_upstream_seconds',
    'From the end of speech to the first sound that left the brain.',
    ANSWER_BUCKETS,
  )
  const sent = histogram(
    'aside_turn_first_audio_sent_seconds',
    'From the end of speech to the first sound that left the relay.',
    ANSWER_BUCKETS,
  )
  const added = histogram(
    'aside_turn_relay_added_seconds',
    'How long the relay held the first sound of an answer.',
    ADDED_BUCKETS,
  )
  const tool = new Histogram({
    name: 'aside_tool_seconds',
    help: 'Time tools took, by where they ran and how it ended.',
    labelNames: ['where', 'phase'],
    buckets: TOOL_BUCKETS,
    registers,
  })
  return {
    turnCompleted: (timings) => {
      turns.inc()
      if (timings.inputFinal !== undefined) inputFinal.observe(timings.inputFinal / 1000)
      if (timings.firstAudioUpstream === undefined) return
      upstream.observe(timings.firstAudioUpstream / 1000)
      if (timings.firstAudioSent === undefined) return
      sent.observe(timings.firstAudioSent / 1000)
      added.observe((timings.firstAudioSent - timings.firstAudioUpstream) / 1000)
    },
    toolEnded: (where, phase, durationMs) => tool.observe({ where, phase }, durationMs / 1000),
  }
}

function countTrouble(registry: Registry): Pick<Metrics, 'errorTold' | 'limited'> {
  const registers = [registry]
  const codeLabel = createBoundedLabel(MOST_CODES)
  const whatLabel = createBoundedLabel(MOST_CODES)
  const errors = new Counter({
    name: 'aside_errors_total',
    help: 'Errors that clients were told, by stable code.',
    labelNames: ['code'],
    registers,
  })
  const limited = new Counter({
    name: 'aside_limited_total',
    help: 'Requests that a limit refused.',
    labelNames: ['what'],
    registers,
  })
  return {
    errorTold: (code) => errors.inc({ code: codeLabel(code) }),
    limited: (what) => limited.inc({ what: whatLabel(what) }),
  }
}

function countUpstream(registry: Registry): Pick<Metrics, 'upstreamConnected' | 'upstreamClosed'> {
  const registers = [registry]
  const connected = new Histogram({
    name: 'aside_upstream_connect_seconds',
    help: 'Time from dialling the brain to its completed setup, or to giving up.',
    labelNames: ['outcome'],
    buckets: ANSWER_BUCKETS,
    registers,
  })
  const closed = new Counter({
    name: 'aside_upstream_closed_total',
    help: 'Connections to the brain that ended, by close code.',
    labelNames: ['code'],
    registers,
  })
  return {
    upstreamConnected: (outcome, durationMs) => connected.observe({ outcome }, durationMs / 1000),
    upstreamClosed: (code) => closed.inc({ code: closeCodeLabel(code) }),
  }
}

function countCalls(registry: Registry): Pick<Metrics, 'storeAsked' | 'requestAnswered'> {
  const registers = [registry]
  const operationLabel = createBoundedLabel(MOST_OPERATIONS)
  const store = new Histogram({
    name: 'aside_store_operation_seconds',
    help: 'Time the store took to confirm, or not to.',
    labelNames: ['operation', 'outcome'],
    buckets: CALL_BUCKETS,
    registers,
  })
  const requests = new Histogram({
    name: 'aside_http_request_seconds',
    help: 'Time to answer a request, by route and status.',
    labelNames: ['route', 'status'],
    buckets: CALL_BUCKETS,
    registers,
  })
  return {
    storeAsked: (operation, isDone, durationMs) =>
      store.observe({ operation: operationLabel(operation), outcome: isDone ? 'done' : 'failed' }, durationMs / 1000),
    requestAnswered: (route, status, durationMs) =>
      requests.observe({ route, status: String(status) }, durationMs / 1000),
  }
}
