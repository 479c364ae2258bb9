import { existsSync, readFileSync } from 'node:fs'
import { findChromium, findProgram } from './chromium.mjs'
import { startChild } from './child.mjs'

/** Debian keeps servers where only root's PATH leads. */
const SERVER_PROGRAMS = ['/usr/sbin']

/** What the tests need beside npm's packages: how it is recognised, and how Debian calls it. */
const NEEDED = [
  { name: 'Chromium', isThere: () => findChromium() !== undefined, debian: ['chromium'] },
  { name: 'redis-server', isThere: () => findProgram('redis-server') !== undefined, debian: ['redis-server'] },
  { name: 'haproxy', isThere: () => findProgram('haproxy', SERVER_PROGRAMS) !== undefined, debian: ['haproxy'] },
  { name: 'fonts', isThere: hasFonts, debian: ['fonts-dejavu-core', 'fonts-liberation'] },
]

/**
 * Makes sure that the programs the tests need are there; on Debian, as root, it installs them.
 *
 * @param {(line: string) => void} say hears what takes long
 * @returns {Promise<{ok: boolean, output: string}>} `output` tells what is missing and which command installs it
 */
export async function installSystemPackages(say) {
  const missing = NEEDED.filter((needed) => !needed.isThere())
  if (missing.length === 0) return { ok: true, output: '' }
  const names = missing.map((needed) => needed.name).join(', ')
  const packages = missing.flatMap((needed) => needed.debian)
  if (!isDebian()) return { ok: false, output: `Missing on this machine: ${names}. ${adviceElsewhere(packages)}` }
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`
  if (process.getuid() !== 0) return { ok: false, output: `Missing on this machine: ${names}. Run: sudo ${command}` }
  say(`installing ${packages.join(', ')} …`)
  const output = await aptInstall(packages)
  const still = missing.filter((needed) => !needed.isThere()).map((needed) => needed.name)
  if (still.length === 0) return { ok: true, output: '' }
  return { ok: false, output: `${output}\nStill missing: ${still.join(', ')}. Try by hand: ${command}` }
}

/** Chromium without any font shows nothing, and pictures of it prove nothing. */
function hasFonts() {
  if (process.platform !== 'linux') return true
  return ['/usr/share/fonts/truetype', '/usr/share/fonts/opentype', '/usr/share/fonts/TTF'].some((folder) =>
    existsSync(folder),
  )
}

function isDebian() {
  if (process.platform !== 'linux' || findProgram('apt-get') === undefined) return false
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8'))
}

function adviceElsewhere(packages) {
  return `Install what Debian calls ${packages.join(', ')} with this system's package manager, so that it is on the PATH.`
}

async function aptInstall(packages) {
  const quiet = ['-y', '-q', '-o', 'Acquire::Retries=2', '-o', 'DPkg::Lock::Timeout=120']
  const updated = await apt([...quiet, 'update'])
  const installed = await apt([...quiet, 'install', '--no-install-recommends', ...packages])
  return `${updated}\n${installed}`
}

/** @returns {Promise<string>} what it said */
async function apt(args) {
  const child = startChild('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  })
  const chunks = []
  child.process.stdout.on('data', (chunk) => chunks.push(chunk))
  child.process.stderr.on('data', (chunk) => chunks.push(chunk))
  await child.exited
  return Buffer.concat(chunks).toString()
}
