import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveHost } from '../uws-host.mjs'
import { onStop, startChild } from './child.mjs'
import { buildExtension } from './extension-build.mjs'
import { installPackages } from './packages.mjs'
import { continueOnProjectNode, isContinued } from './project-node.mjs'
import { ROOT } from './root.mjs'

const FOLDER = join(ROOT, 'tests', 'bench')
const SUFFIX = '.bench.ts'

/**
 * Runs the named benchmarks, or all, one after the other; each prints one JSON object as its last line.
 *
 * @param {string} script path of the script that was started
 * @param {readonly string[]} names
 * @returns {Promise<number>} exit code
 */
export async function benchAside(script, names) {
  const known = await listBenches()
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    console.error(
      `There is no benchmark ${unknown.join(', ')}.\n\nUsage: npm run bench [-- NAME …]\nNames: ${known.join(', ')}`,
    )
    return 2
  }
  if (!isContinued()) {
    const installed = await installPackages(say)
    if (!installed.ok) {
      console.error(installed.fault)
      return 1
    }
  }
  await continueOnProjectNode(script, names)
  const build = await buildExtension()
  if (!build.ok) {
    console.error(`${build.output}\nThe extension could not be built; the lines above say why.`)
    return 1
  }
  return runBenches(names.length > 0 ? names : known)
}

async function listBenches() {
  const files = existsSync(FOLDER) ? await readdir(FOLDER) : []
  return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length))
}

async function runBenches(names) {
  const host = await resolveHost({ log: say })
  if (host.reason !== undefined) say(host.reason)
  const stopping = new AbortController()
  onStop(() => stopping.abort())
  let worst = 0
  for (const name of names) {
    if (stopping.signal.aborted) return 130
    say(`bench ${name}`)
    const child = startChild(host.command, [...host.args, join(FOLDER, name + SUFFIX)], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const stop = () => void child.stop()
    stopping.signal.addEventListener('abort', stop)
    const code = await child.exited
    stopping.signal.removeEventListener('abort', stop)
    if (code !== 0) say(`bench ${name} failed (exit code ${code})`)
    worst = Math.max(worst, code === 0 ? 0 : 1)
  }
  return worst
}

/** Figures go to standard output, everything else does not. */
function say(line) {
  console.error(line)
}
