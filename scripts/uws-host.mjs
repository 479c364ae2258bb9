/**
 * How to start Node so that uWebSockets.js loads on this machine.
 *
 * Its Linux binaries are built against glibc 2.38; Debian 12 has 2.36. There, Debian 13's libc6 is fetched once with the
 * machine's own apt (own folders, no root, signatures checked) and Node is started under that libc's loader. Nothing on
 * the system changes and nothing is patched. Everywhere else, and wherever this does not work, it is plain Node and
 * one sentence why; the relay then takes its `ws` engine.
 *
 * As a program: `node scripts/uws-host.mjs SCRIPT [ARGS…]` runs a script that way. Built-ins only, any Node ≥ 20.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync, realpathSync } from 'node:fs'
import os from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, '.cache', 'uws-libc')
const PRELOAD = join(ROOT, 'scripts', 'uws-host-preload.cjs')

/** `__isoc23_strtol` and its kin, which every Linux binary of uWebSockets.js 20.5x imports, came with this release. */
const NEEDED_GLIBC = [2, 38]

/** The Debian release whose libc6 is fetched: 2.41. */
const DONOR_SUITE = 'trixie'

/** A mirror that does not answer must not hold `npm start` for long. */
const APT_TIMEOUT_MS = 120_000

/** Multiarch folder and loader of each architecture for which uWebSockets.js has a Linux binary. */
const ARCHITECTURES = {
  x64: { folder: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { folder: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

/**
 * @typedef {object} Host
 * @property {string} command the executable to start instead of `node`
 * @property {string[]} args what to put before the script and its own arguments
 * @property {boolean} hosted whether it runs under the fetched libc
 * @property {string} [reason] one sentence: why uWebSockets.js will not load here
 */

/**
 * Says how to start Node so that uWebSockets.js loads; fetches what is needed for it on the first call. Never rejects:
 * where it cannot be had, the answer is plain Node and a `reason`.
 *
 * Inside, `process.execPath` is the returned command, so `fork` and test runners keep working.
 *
 * @param {{log?: (line: string) => void, node?: string}} [options] `log` hears of long steps; `node` is the Node to run
 * @returns {Promise<Host>}
 */
export async function resolveHost({ log = () => {}, node = projectNode() } = {}) {
  const plain = { command: node, args: [], hosted: false }
  if (process.platform !== 'linux') return plain
  const version = glibcVersion()
  if (version === undefined) return { ...plain, reason: 'uWebSockets.js needs glibc, and this Linux has another libc.' }
  if (isAtLeast(version, NEEDED_GLIBC))
    return isHosted() ? { ...plain, command: process.execPath, hosted: true } : plain
  try {
    const libc = await ensureLibc(version, node, log)
    return { command: await writeWrapper(libc, node), args: [], hosted: true }
  } catch (error) {
    return {
      ...plain,
      reason: `uWebSockets.js needs glibc ${NEEDED_GLIBC.join('.')}, this machine has ${version}, and ${sentence(error)}`,
    }
  }
}

/** @returns {Promise<string>} the executable to start instead of `node`, see {@link resolveHost} */
export async function hostedNode(options) {
  return (await resolveHost(options)).command
}

/** @returns {string} the Node that `npm ci` brought along, else the one that runs this */
export function projectNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const own = join(ROOT, 'node_modules', `node-${platform}-${process.arch}`, 'bin', name)
  return existsSync(own) ? own : process.execPath
}

/** @returns {string | undefined} the running glibc's version, such as `2.36` */
function glibcVersion() {
  // The report would otherwise look up the names of all interfaces' addresses.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime
}

function isAtLeast(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

/** Whether this very process was started by the wrapper: its preload has set the path. */
function isHosted() {
  return process.execPath.startsWith(CACHE)
}

/** A failure whose message continues the sentence "… and". */
class HostError extends Error {}

function sentence(error) {
  if (error instanceof HostError) return error.message
  return `Debian 13's libc6 could not be prepared (${firstLine(error)}).`
}

function firstLine(error) {
  const text = String(error.stderr || error.message).trim()
  const lines = text.split('\n')
  return (lines.find((line) => line.startsWith('E:')) ?? lines[0]).replace(/^E: /, '')
}

/** @returns {Promise<{loader: string, libraryPath: string}>} the fetched libc, whose files are there and load uWebSockets.js */
async function ensureLibc(version, node, log) {
  const architecture = ARCHITECTURES[process.arch]
  if (architecture === undefined) throw new HostError(`it has no binary for Linux on ${process.arch}.`)
  const target = join(CACHE, `${DONOR_SUITE}-${process.arch}`)
  if (!existsSync(target)) {
    const source = await debianSource()
    log(
      `uWebSockets.js needs glibc ${NEEDED_GLIBC.join('.')}, this machine has ${version}: fetching Debian 13's libc6 into ` +
        `${relative(ROOT, CACHE)} (about 3 MB, once; the system stays as it is) …`,
    )
    await fetchLibc(source, architecture, node, target)
    log('… done.')
  }
  return libcIn(target, architecture)
}

function libcIn(folder, architecture) {
  const libraries = join(folder, 'usr', 'lib', architecture.folder)
  const system = [`/usr/lib/${architecture.folder}`, `/lib/${architecture.folder}`]
  return { loader: join(libraries, architecture.loader), libraryPath: [libraries, ...system].join(':') }
}

/** Everything happens in a folder of this run's own that is renamed at the end, so two runs at once cannot meet. */
async function fetchLibc(source, architecture, node, target) {
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'fetch-'))
  try {
    const deb = await downloadLibc(source, work)
    const tree = join(work, 'tree')
    await run('dpkg', ['-x', deb, tree])
    const { loader, libraryPath } = libcIn(tree, architecture)
    const proof = ['--library-path', libraryPath, node, '-e', "require('uWebSockets.js')"]
    await run(loader, proof, { cwd: ROOT, timeout: APT_TIMEOUT_MS })
    await rename(tree, target).catch((error) => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** `apt-get update` and `download` on one source, with every folder it writes to our own. */
async function downloadLibc(source, work) {
  const folders = { parts: join(work, 'sources'), lists: join(work, 'lists'), cache: join(work, 'cache') }
  for (const folder of [folders.parts, join(folders.lists, 'partial'), join(folders.cache, 'archives', 'partial')])
    await mkdir(folder, { recursive: true })
  await writeFile(
    join(folders.parts, 'donor.sources'),
    `Types: deb\nURIs: ${source.uri}\nSuites: ${DONOR_SUITE}\nComponents: main\nSigned-By: ${source.keyring}\n`,
  )
  const settings = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${folders.parts}`,
    `Dir::State::Lists=${folders.lists}`,
    `Dir::Cache=${folders.cache}`,
    'Acquire::http::Timeout=20',
    'Acquire::https::Timeout=20',
    'Acquire::Retries=2',
    'Acquire::Languages=none',
    // Without this a missing network is a warning and the next step fails with a riddle.
    'APT::Update::Error-Mode=any',
    // Root would hand the download to a user who may not enter our folder.
    `APT::Sandbox::User=${os.userInfo().username}`,
  ].flatMap((setting) => ['-o', setting])
  const options = { cwd: work, timeout: APT_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } }
  await run('apt-get', [...settings, '-q', 'update'], options)
  await run('apt-get', [...settings, '-q', 'download', `libc6/${DONOR_SUITE}`], options)
  const deb = (await readdir(work)).find((name) => name.startsWith('libc6_') && name.endsWith('.deb'))
  if (deb === undefined) throw new HostError("apt did not deliver Debian 13's libc6.")
  return join(work, deb)
}

/** @returns {Promise<{uri: string, keyring: string}>} where this machine gets Debian from, and the keys it trusts for that */
async function debianSource() {
  const release = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''))
  if (release.ID !== 'debian') throw new HostError('only Debian can fetch a newer one for it.')
  const texts = await readSources()
  const candidates = texts.flatMap(({ name, text }) =>
    name.endsWith('.sources') ? parseDeb822(text) : parseClassic(text),
  )
  const [best] = candidates
    .filter(({ suites, components }) => suites.includes(release.VERSION_CODENAME) && components.includes('main'))
    .sort((a, b) => foreignness(a) - foreignness(b))
  if (best === undefined) throw new HostError('no apt source of Debian itself was found in /etc/apt.')
  return { uri: best.uri, keyring: best.keyring ?? '/usr/share/keyrings/debian-archive-keyring.gpg' }
}

async function readSources() {
  const folder = '/etc/apt/sources.list.d'
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name)).sort()
  const paths = ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))]
  return Promise.all(paths.map(async (name) => ({ name, text: await readFile(name, 'utf8').catch(() => '') })))
}

/** Third parties name their suites after Debian's too; Debian's own source comes first. */
function foreignness({ uri, keyring }) {
  if (keyring?.includes('debian-archive')) return 0
  return /\/debian\/?$/.test(uri) ? 1 : 2
}

/** @returns {Record<string, string>} */
function parseOsRelease(text) {
  return Object.fromEntries([...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, key, value]) => [key, value]))
}

/** Reads stanzas of `key: value` (sources.list(5), "deb822-style format"). */
export function parseDeb822(text) {
  const uncommented = text.replaceAll(/^#.*\n?/gm, '')
  return uncommented.split(/\n\s*\n/).flatMap((stanza) => {
    const unfolded = stanza.replaceAll(/\n[ \t]+/g, ' ')
    const fields = new Map(
      [...unfolded.matchAll(/^([\w-]+):[ \t]*(.*)$/gm)].map(([, key, value]) => [key.toLowerCase(), value]),
    )
    const words = (key) => (fields.get(key) ?? '').split(/\s+/).filter(Boolean)
    if (!words('types').includes('deb') || fields.get('enabled')?.trim() === 'no') return []
    // Signed-By may also hold a whole key; then Debian's own keyring serves.
    const keyring = words('signed-by').find((word) => word.startsWith('/'))
    return words('uris').map((uri) => ({ uri, suites: words('suites'), components: words('components'), keyring }))
  })
}

/** Reads lines of `deb [option=value …] uri suite component…` (sources.list(5), "one-line-style format"). */
export function parseClassic(text) {
  return [...text.matchAll(/^deb[ \t]+(?:\[([^\]]*)\][ \t]+)?(\S+)[ \t]+(\S+)[ \t]+(.*)$/gm)].map(
    ([, options = '', uri, suite, components]) => ({
      uri,
      suites: [suite],
      components: components.replace(/#.*/, '').split(/\s+/).filter(Boolean),
      keyring: /signed-by=([^,\s]+)/.exec(options)?.[1],
    }),
  )
}

/** @returns {Promise<string>} an executable that starts `node` under the loader; one for each Node, written once */
async function writeWrapper({ loader, libraryPath }, node) {
  const script = [
    '#!/bin/sh',
    '# Starts Node under a newer libc, see scripts/uws-host.mjs.',
    'ASIDE_NODE_WRAPPER="$0"; export ASIDE_NODE_WRAPPER',
    `exec ${[loader, '--library-path', libraryPath, realpathSync(node), '--require', PRELOAD].map(quote).join(' ')} "$@"`,
    '',
  ].join('\n')
  const folder = join(CACHE, createHash('sha256').update(script).digest('hex').slice(0, 12))
  const wrapper = join(folder, 'node')
  if (existsSync(wrapper)) return wrapper
  await mkdir(folder, { recursive: true })
  const draft = join(folder, `draft-${process.pid}`)
  await writeFile(draft, script)
  await chmod(draft, 0o755)
  await rename(draft, wrapper)
  return wrapper
}

function quote(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Runs a script under the host with this process's streams; its exit is ours. */
async function main([script, ...rest]) {
  if (script === undefined) {
    console.error('Usage: node scripts/uws-host.mjs SCRIPT [ARGS…]')
    process.exitCode = 2
    return
  }
  const host = await resolveHost({ log: (line) => console.error(line) })
  if (host.reason !== undefined) console.error(host.reason)
  const child = spawn(host.command, [...host.args, script, ...rest], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  child.on('error', (error) => {
    console.error(`Node could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** Whether this file itself was started; an argument after `node -e …` need not be a file at all. */
function isMain() {
  const [, started] = process.argv
  return started !== undefined && existsSync(started) && realpathSync(started) === fileURLToPath(import.meta.url)
}

if (isMain()) await main(process.argv.slice(2))
