import { createHash } from 'node:crypto'
import { ROOT_CONTEXT, trace, type Attributes, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'
import { type Logger } from '../logger.ts'
import { type Tracing, type TurnReport } from '../tracing.ts'

export interface OtlpOptions {
  /** Base URL of a collector; traces go to its `/v1/traces` as JSON. */
  readonly url: string
  readonly version: string
  /** Of this relay process. */
  readonly instance: string
  readonly brain: string
  readonly logger: Logger
}

/** A turn has a handful of spans: what waits is some hundred turns, and more are dropped. */
const MOST_WAITING = 2_048
const MOST_AT_ONCE = 256

const EXPORT_INTERVAL_MS = 2_000

/** A collector that does not answer within this time is away, ms. */
const EXPORT_TIMEOUT_MS = 5_000

/** Longest wait for the last spans at the end, ms. */
const FLUSH_TIMEOUT_MS = 1_000

/** A collector that is away is mentioned once in this time, ms. */
const COMPLAINT_INTERVAL_MS = 60_000

/** Sends one trace per turn by OTLP over HTTP. A collector that is away costs spans, never anything else. */
export function createOtlpTracing(options: OtlpOptions): Tracing {
  const { url, version, instance, brain, logger } = options
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS })
  const own = { 'service.name': 'aside-relay', 'service.version': version, 'service.instance.id': instance }
  const provider = new TracerProvider({
    // OTEL_RESOURCE_ATTRIBUTES may say more about the place.
    resource: resourceFromAttributes({ ...own, 'aside.brain': brain }).merge(
      detectResources({ detectors: [resourceAttributesEnvDetector] }),
    ),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: complaining(exporter, logger),
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: MOST_AT_ONCE,
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('aside-relay', version)
  return {
    turnCompleted: (report) => traceTurn(tracer, report),
    close: async () => {
      const { promise: patience, resolve } = Promise.withResolvers<undefined>()
      const timer = setTimeout(() => resolve(undefined), FLUSH_TIMEOUT_MS)
      const flushed = provider.shutdown().catch((error: unknown) => {
        logger.warn({ error: String(error) }, 'the last traces could not be sent')
      })
      await Promise.race([flushed, patience])
      clearTimeout(timer)
    },
  }
}

/** All spans are made at the end of the turn, with the times that were noted: nothing is done while it runs. */
function traceTurn(tracer: Tracer, report: TurnReport): string {
  const { marks, tools, endMs } = report
  const startMs = Math.min(endMs, ...Object.values(marks), ...tools.map((tool) => tool.startMs))
  const turn = tracer.startSpan(
    'turn',
    { root: true, startTime: wallTime(startMs), attributes: attributesOf(report) },
    ROOT_CONTEXT,
  )
  for (const [mark, timeMs] of Object.entries(marks)) turn.addEvent(mark, wallTime(timeMs))
  const context = trace.setSpan(ROOT_CONTEXT, turn)
  for (const { name, startMs: toolStartMs, endMs: toolEndMs = endMs } of tools) {
    const attributes = { 'aside.tool': name }
    tracer.startSpan('tool', { startTime: wallTime(toolStartMs), attributes }, context).end(wallTime(toolEndMs))
  }
  const { firstAudioUpstream, firstAudioSent } = marks
  if (firstAudioUpstream !== undefined && firstAudioSent !== undefined) {
    const span = tracer.startSpan('relay', { startTime: wallTime(firstAudioUpstream) }, context)
    span.end(wallTime(firstAudioSent))
  }
  turn.end(wallTime(endMs))
  return turn.spanContext().traceId
}

function attributesOf({ session, turn, usage }: TurnReport): Attributes {
  return {
    'aside.session': createHash('sha256').update(session).digest('hex').slice(0, 16),
    'aside.turn': turn,
    ...(usage?.promptTokens === undefined ? {} : { 'gen_ai.usage.input_tokens': usage.promptTokens }),
    ...(usage?.responseTokens === undefined ? {} : { 'gen_ai.usage.output_tokens': usage.responseTokens }),
  }
}

/** @param timeMs of `performance.now` @returns ms since 1970, with its fraction */
function wallTime(timeMs: number): number {
  return performance.timeOrigin + timeMs
}

/** The SDK keeps silent about a collector that is away. */
function complaining(exporter: SpanExporter, logger: Logger): SpanExporter {
  let complainedAtMs = -Infinity
  return {
    export: (spans, onResult) =>
      exporter.export(spans, (result) => {
        const nowMs = performance.now()
        if (result.error !== undefined && nowMs - complainedAtMs > COMPLAINT_INTERVAL_MS) {
          complainedAtMs = nowMs
          logger.warn({ spans: spans.length, error: result.error.message }, 'traces could not be sent')
        }
        onResult(result)
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}
