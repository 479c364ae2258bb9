import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { startChild } from './child.mjs'
import { ROOT } from './root.mjs'

const MODULES = join(ROOT, 'node_modules')
const LOCK = join(ROOT, 'package-lock.json')

/** What was installed last: the hash of its package-lock.json and the platform. */
const STAMP = join(MODULES, '.aside-stamp')

/** How often a running installation says how far it is. */
const PROGRESS_INTERVAL_MS = 5_000

/** Lines of a failed installation that are worth reading. */
const TAIL_LINES = 40

/**
 * Installs what package-lock.json names, unless that is what node_modules holds.
 *
 * @param {(line: string) => void} say hears how far it is
 * @returns {Promise<{ok: true, installed: boolean} | {ok: false, fault: string}>}
 */
export async function installPackages(say) {
  const wanted = await fingerprint()
  if (await isInstalled(wanted)) return { ok: true, installed: false }
  const npm = npmCommand()
  const child = startChild(npm.command, [...npm.args, ...installArguments()], {
    cwd: ROOT,
    env: environmentForNpm(),
    shell: npm.shell,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = collectLines(child.process)
  const stopSaying = sayProgress(say, await countLocked())
  const code = await child.exited
  stopSaying()
  if (code !== 0) return { ok: false, fault: faultOf(code, lines) }
  await writeFile(STAMP, wanted)
  return { ok: true, installed: true }
}

async function fingerprint() {
  const lock = await readFile(LOCK)
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`
}

async function isInstalled(wanted) {
  const stamp = await readFile(STAMP, 'utf8').catch(() => undefined)
  if (stamp !== undefined) return stamp === wanted
  // Installed by hand: npm wrote its own record after the lock it installed from.
  const record = await stat(join(MODULES, '.package-lock.json')).catch(() => undefined)
  return record !== undefined && record.mtimeMs >= (await stat(LOCK)).mtimeMs
}

/** Inside `npm start` the very npm that runs us, else the one on the path. */
function npmCommand() {
  const cli = process.env.npm_execpath
  if (cli !== undefined && basename(cli) === 'npm-cli.js' && existsSync(cli))
    return { command: process.env.npm_node_execpath ?? process.execPath, args: [cli], shell: false }
  return { command: 'npm', args: [], shell: process.platform === 'win32' }
}

function installArguments() {
  // `npm ci` empties node_modules first, and Windows does not delete a program that runs.
  const runsFromModules = process.platform === 'win32' && process.execPath.startsWith(MODULES)
  const verb = runsFromModules ? 'install' : 'ci'
  return [verb, '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional']
}

/** What npm tells a script about itself and its package would be taken for settings by the npm inside. */
function environmentForNpm() {
  const ofTheOuterNpm = /^npm_(package|lifecycle|command|config_(local_prefix|npm_version|user_agent))/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofTheOuterNpm.test(name)))
}

function collectLines(child) {
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString().trim().split('\n').slice(-TAIL_LINES)
}

function sayProgress(say, total) {
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    void countInstalled().then((count) => say(`… ${Math.min(count, total)} of ${total} packages, ${seconds} s`))
  }, PROGRESS_INTERVAL_MS)
  return () => clearInterval(timer)
}

/** Packages at the top of node_modules that the lock names for every platform. */
async function countLocked() {
  const { packages } = JSON.parse(await readFile(LOCK, 'utf8'))
  return Object.entries(packages).filter(
    ([path, entry]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && entry.optional !== true,
  ).length
}

/** npm makes all folders first and fills them one by one: a package that has its manifest is there. */
async function countInstalled() {
  const names = await readdir(MODULES).catch(() => [])
  const nested = await Promise.all(names.map((name) => (name.startsWith('@') ? inScope(name) : [name])))
  return nested.flat().filter((name) => existsSync(join(MODULES, name, 'package.json'))).length
}

async function inScope(scope) {
  const names = await readdir(join(MODULES, scope)).catch(() => [])
  return names.map((name) => join(scope, name))
}

function faultOf(code, lines) {
  const advice =
    code === 127
      ? 'npm comes with Node: install Node 20 or newer from https://nodejs.org, then try again.'
      : 'Is the package registry within reach (npm ping)? Is there room on the disk (2 GB)? Then try again.'
  return [...lines(), '', `Installing the packages failed (npm ended with ${code}). ${advice}`].join('\n').trimStart()
}
