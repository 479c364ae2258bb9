import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { onTestFinished } from 'vitest'
import { findProgram } from '../../scripts/setup/chromium.mjs'
import { ROOT } from './script-process.ts'
import { createTestCertificate } from './test-certificate.ts'

export interface Balancer {
  /** Starts it in front of two relays, `host:port` each; resolves when it listens. It ends with the test. */
  start(relayA: string, relayB: string): Promise<void>
  /** Both are known before it runs: relays have to know their public address. */
  readonly https: string
  readonly http: string
}

/** Debian's HAProxy with the configuration that is shipped, and a certificate that this test process trusts from now on. */
export function createBalancer(httpsPort: number, httpPort: number): Balancer {
  const folder = mkdtempSync(join(tmpdir(), 'aside-haproxy-'))
  const certificate = createTestCertificate()
  writeFileSync(join(folder, 'tls.pem'), certificate.cert + certificate.key)
  setDefaultCACertificates([...getCACertificates('default'), certificate.cert])
  onTestFinished(() => rmSync(folder, { recursive: true }))
  async function start(relayA: string, relayB: string): Promise<void> {
    const program = findProgram('haproxy', ['/usr/sbin'])
    if (program === undefined) throw new Error('haproxy is not installed (apt install haproxy)')
    const env = {
      ...process.env,
      ASIDE_LB_HTTPS: `127.0.0.1:${httpsPort}`,
      ASIDE_LB_HTTP: `127.0.0.1:${httpPort}`,
      ASIDE_LB_CERTIFICATE: join(folder, 'tls.pem'),
      ASIDE_LB_RELAY_A: relayA,
      ASIDE_LB_RELAY_B: relayB,
    }
    const config = join(ROOT, 'deploy', 'haproxy.cfg')
    const check = spawnSync(program, ['-c', '-q', '-f', config], { env, encoding: 'utf8' })
    if (check.status !== 0) throw new Error(`deploy/haproxy.cfg is not valid:\n${check.stderr}`)
    const child = spawn(program, ['-db', '-f', config], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const exited = once(child, 'exit')
    let complaints = ''
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exited
    })
    while (!(await isListening(httpsPort))) {
      if (child.exitCode !== null) throw new Error(`haproxy ended:\n${complaints}`)
    }
  }
  return { start, https: `https://localhost:${httpsPort}`, http: `http://localhost:${httpPort}` }
}

async function isListening(port: number): Promise<boolean> {
  await wait(20)
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}
