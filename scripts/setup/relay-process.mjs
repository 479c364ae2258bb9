import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { resolveHost } from '../uws-host.mjs'
import { startChild } from './child.mjs'
import { ROOT } from './root.mjs'

const FOLLOW_PARENT = fileURLToPath(new URL('./follow-parent.mjs', import.meta.url))

/** The line of docs/protocol.md §5; what follows the address is for people. */
const READY = /^aside relay ready on (\S+)/

/**
 * @typedef {object} RelayProcess
 * @property {import('./child.mjs').Child} child
 * @property {Promise<string | undefined>} ready its address once it accepts sockets; undefined when it ended before
 */

/**
 * Starts a relay as a process of its own, on a Node that can load uWebSockets.js where there is one. It stops when it is
 * asked to and when this process is gone.
 *
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env its whole environment
 * @param {(line: string) => void} options.onLine hears every line of its standard output
 * @param {(line: string) => void} options.say hears what takes long, and why there is no uWebSockets.js
 * @param {import('node:child_process').StdioNull | import('node:child_process').StdioPipe | 'inherit'} [options.stderr]
 * @returns {Promise<RelayProcess>}
 */
export async function startRelay({ env, onLine, say, stderr = 'inherit' }) {
  const host = await resolveHost({ log: say })
  if (host.reason !== undefined) say(host.reason)
  const args = ['--import', FOLLOW_PARENT, join(ROOT, 'relay', 'main.ts')]
  // A group of its own: the terminal's Ctrl-C reaches only us, and the relay is asked once, in its turn.
  const child = startChild(host.command, [...host.args, ...args], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', stderr, 'ipc'],
  })
  const ready = new Promise((resolve) => {
    createInterface({ input: child.process.stdout }).on('line', (line) => {
      onLine(line)
      const address = READY.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
    void child.exited.then(() => resolve(undefined))
  })
  return { child, ready }
}
