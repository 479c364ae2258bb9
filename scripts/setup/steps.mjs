import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild } from './child.mjs'
import { buildExtension } from './extension-build.mjs'
import { ROOT } from './root.mjs'

/**
 * @typedef {{files: number, done: number, passed: number, failed: number, skipped: number}} Tally
 * @typedef {{ok: boolean, output: string, tally?: Tally}} StepResult
 * @typedef {object} Step
 * @property {string} name
 * @property {(report: (progress: string) => void, children: Set<import('./child.mjs').Child>) => Promise<StepResult>} run
 *   reports how far it is and enters the programs it starts into `children`, so that they can be stopped
 */

const REPORTER = fileURLToPath(new URL('./tally-reporter.mjs', import.meta.url))

/**
 * A script of package.json as a step: the commands stand there and nowhere else.
 *
 * @param {string} name
 * @returns {Step}
 */
export function scriptStep(name) {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const run = (_report, children) => runToEnd({ command: scripts[name], args: [], shell: true, children })
  return { name, run }
}

/**
 * A Vitest project as a step; it fails when no test ran.
 *
 * @param {string} project
 * @param {string} node the Node to run it on, see uws-host.mjs
 * @returns {Step}
 */
export function vitestStep(project, node) {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--project', project, '--reporter=default', `--reporter=${REPORTER}`]
  return {
    name: project,
    run: async (report, children) => {
      let tally = { files: 0, done: 0, passed: 0, failed: 0, skipped: 0 }
      const onMessage = (message) => {
        if (message.tally === undefined) return
        tally = message.tally
        report(`${tally.done} of ${tally.files} files, ${tally.passed} tests passed`)
      }
      const { ok, output } = await runToEnd({ command: node, args, shell: false, children, onMessage })
      const empty = ok && tally.passed === 0
      return { ok: ok && !empty, output: empty ? `${output}\nNo test ran.` : output, tally }
    },
  }
}

/** @returns {Step} the extension, built unless its sources are unchanged */
export function buildStep() {
  return { name: 'build', run: () => buildExtension() }
}

async function runToEnd({ command, args, shell, children, onMessage }) {
  const child = startChild(command, args, {
    cwd: ROOT,
    shell,
    // A shell's own children go with it when the step is stopped.
    detached: true,
    env: stepEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', ...(onMessage === undefined ? [] : ['ipc'])],
  })
  children.add(child)
  const chunks = []
  child.process.stdout.on('data', (chunk) => chunks.push(chunk))
  child.process.stderr.on('data', (chunk) => chunks.push(chunk))
  if (onMessage !== undefined) child.process.on('message', onMessage)
  const code = await child.exited
  children.delete(child)
  return { ok: code === 0, output: Buffer.concat(chunks).toString() }
}

function stepEnvironment() {
  const path = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  // Vitest colours its output on CI; in a log file that is noise.
  return { ...process.env, PATH: path, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) }
}
