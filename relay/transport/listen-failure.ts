import { createServer } from 'node:net'
import { PortTakenError } from './transport.ts'

/** @returns what to tell a person whose relay cannot listen. @param error of the system, with its `code` */
export function listenFailure(host: string, port: number, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortTakenError(host, port)
    case 'EACCES':
      return new Error(
        `Port ${port} needs more rights than this user has. Choose one above 1023 with ASIDE_PORT or --port.`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(`${host} is not an address of this machine. Set ASIDE_HOST to one that is, such as 127.0.0.1.`)
    default:
      return new Error(`The relay cannot listen on ${host}, port ${port}: ${error.message}`)
  }
}

/** Finds out why an engine that gives no reason could not listen: Node's own listener is tried, and gives one. */
export function findListenFailure(host: string, port: number): Promise<Error> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', (error) => resolve(listenFailure(host, port, error)))
    probe.listen({ host, port, exclusive: true }, () => {
      // Free now: whoever held it has gone in between, or holds it in a way that only the engine minds.
      probe.close(() => resolve(new PortTakenError(host, port)))
    })
  })
}
