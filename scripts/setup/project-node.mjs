import { realpathSync } from 'node:fs'
import { projectNode } from '../uws-host.mjs'
import { onStop, startChild } from './child.mjs'
import { whyTooOldToRun } from './node-version.mjs'

/** Tells the continued script that the first steps were done, and said, by the one that started it. */
const CONTINUED = 'ASIDE_CONTINUED'

/** @returns {boolean} whether an older Node did the first steps and handed over to this process */
export function isContinued() {
  return process.env[CONTINUED] === '1'
}

/**
 * Goes on with a script on the Node that `npm ci` brought along. Returns when this process already runs on it; else it
 * starts the script again there, passes the request to stop on, and ends with its exit code.
 *
 * @param {string} script path of the script
 * @param {readonly string[]} args its arguments
 */
export async function continueOnProjectNode(script, args) {
  const node = projectNode()
  if (realpathSync(node) === realpathSync(process.execPath)) {
    const sentence = whyTooOldToRun()
    if (sentence === undefined) return
    console.error(sentence)
    process.exit(1)
  }
  // The channel tells the continued script when this process is gone.
  const child = startChild(node, [script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [CONTINUED]: '1' },
  })
  onStop(() => child.process.kill('SIGTERM'))
  process.exit(await child.exited)
}
