import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { type Logger } from '../logger.ts'
import { liveRoute, readyRoute, type ReadinessReason } from './health.ts'

export interface AdminOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly readiness: () => Promise<readonly ReadinessReason[]>
  /** In Prometheus' text format. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
  readonly logger: Logger
}

export interface Admin {
  /** `http://HOST:PORT` */
  readonly url: string
  close(): Promise<void>
}

/** Scrapers and probes; more at once are no operator's. */
const MAX_CONNECTIONS = 64

/** A probe says all it has to say in one packet, ms. */
const REQUEST_TIMEOUT_MS = 5_000

/**
 * The operator's own door: `/metrics`, `/livez` and `/readyz` on an address that clients do not have. A port that is taken
 * is no reason not to run: another is used, and the log says which.
 *
 * @throws when the address is none of this machine
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { host, port, logger } = options
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(request, options)
      .then((answered) => write(answered, response))
      .catch((error: unknown) => {
        logger.error({ during: 'admin', error: String(error) }, 'something the relay did failed')
        response.writeHead(500).end()
      })
  })
  server.maxConnections = MAX_CONNECTIONS
  if (!(await listen(server, host, port))) {
    logger.warn({ port }, 'the admin port is taken: another is used (ASIDE_ADMIN_PORT chooses one)')
    await listen(server, host, 0)
  }
  const address = `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
  logger.info({ address }, 'metrics and health are served here')
  return { url: `http://${address}`, close: () => close(server) }
}

async function answer(request: IncomingMessage, { readiness, metrics }: AdminOptions): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 })
  switch (request.url?.replace(/\?.*$/s, '')) {
    case '/metrics':
      return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } })
    case '/livez':
      return liveRoute()
    case '/readyz':
      return readyRoute(readiness)()
    default:
      return new Response(null, { status: 404 })
  }
}

async function write(answered: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answered.status, [...answered.headers].flat())
  response.end(await answered.text())
}

/** @returns false when the port is taken */
function listen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else
        reject(new Error(`The admin listener cannot use ${host}, port ${port} (${error.code}): set ASIDE_ADMIN_HOST.`))
    }
    server.once('error', failed)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', failed)
      resolve(true)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
