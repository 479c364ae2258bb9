import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { Watch } from './watch.ts'

/** A span as OTLP's JSON encoding has it (opentelemetry-proto, trace/v1). */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[]
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

export interface TraceCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string
  /** Everything that was sent to it, as it came. */
  readonly received: readonly { readonly path: string; readonly body: string }[]
  readonly spans: () => readonly OtlpSpan[]
  /** The first span that matches, as soon as it is there. */
  readonly span: (matches: (span: OtlpSpan) => boolean) => Promise<OtlpSpan>
}

/** The HTTP door of an OpenTelemetry collector; ends with the test. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const received: { path: string; body: string }[] = []
  const watch = new Watch()
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ path: request.url ?? '', body })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      watch.changed()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const spans = () => received.flatMap(({ body }) => spansOf(JSON.parse(body) as OtlpBody))
  const span = (matches: (span: OtlpSpan) => boolean) => watch.until(() => spans().find(matches))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, spans, span }
}

function spansOf({ resourceSpans }: OtlpBody): readonly OtlpSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
}
