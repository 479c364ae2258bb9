import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from './child.mjs'
import { ROOT } from './root.mjs'

/** Where `wxt build` puts the extension. */
export const EXTENSION_FOLDER = join(ROOT, '.output', 'chrome-mv3')

/** Fingerprint of the sources of the build that lies there. */
const STAMP = join(ROOT, '.output', 'aside-build-stamp')

/** Everything the built extension is made of. */
const SOURCES = ['extension', 'shared', 'wxt.config.ts', 'package.json', 'package-lock.json']

/**
 * Builds the extension unless the one that lies there was made of the same sources.
 *
 * @returns {Promise<{ok: boolean, built: boolean, output: string}>} with what the builder said
 */
export async function buildExtension() {
  const wanted = await fingerprint()
  const present = existsSync(join(EXTENSION_FOLDER, 'manifest.json'))
  if (present && (await readFile(STAMP, 'utf8').catch(() => '')) === wanted)
    return { ok: true, built: false, output: '' }
  const { code, output } = await runBuilder()
  if (code === 0) await writeFile(STAMP, wanted)
  return { ok: code === 0, built: true, output }
}

async function runBuilder() {
  const chunks = []
  const child = startChild(process.execPath, [join(ROOT, 'node_modules', 'wxt', 'bin', 'wxt.mjs'), 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.process.stdout.on('data', (chunk) => chunks.push(chunk))
  child.process.stderr.on('data', (chunk) => chunks.push(chunk))
  const code = await child.exited
  return { code, output: Buffer.concat(chunks).toString() }
}

async function fingerprint() {
  const hash = createHash('sha256')
  for (const source of SOURCES) await addTo(hash, join(ROOT, source))
  return hash.digest('hex')
}

async function addTo(hash, path) {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) {
    hash.update(path.slice(ROOT.length)).update(await readFile(path))
    return
  }
  // Tests are beside the sources and not part of the build.
  const names = entries.map((entry) => entry.name).filter((name) => !name.endsWith('.test.ts'))
  for (const name of names.sort()) await addTo(hash, join(path, name))
}
