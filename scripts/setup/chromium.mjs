import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { startChild } from './child.mjs'

/** Chrome itself ignores `--load-extension` since version 137; these do not. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-for-testing', 'chrome-for-testing']

const MACOS_PATHS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
]

/** @returns {string | undefined} path of a browser that loads an unpacked extension from the command line */
export function findChromium() {
  const onPath = NAMES.map((name) => findProgram(name)).find((path) => path !== undefined)
  if (onPath !== undefined || process.platform !== 'darwin') return onPath
  return MACOS_PATHS.find((path) => existsSync(path))
}

/**
 * @param {string} name
 * @param {readonly string[]} [furtherFolders] looked into after those of the PATH
 * @returns {string | undefined} path of a program that the shell would find
 */
export function findProgram(name, furtherFolders = []) {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name]
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...furtherFolders]
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** @returns {boolean} whether a window could be shown */
export function hasDisplay() {
  if (process.platform !== 'linux') return true
  return Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY)
}

/**
 * Opens Chromium with the extension, its icon pinned to the toolbar, in a profile of its own.
 *
 * @param {{executable: string, profile: string, extension: string, url: string}} options
 * @returns {Promise<import('./child.mjs').Child>}
 */
export async function openChromium({ executable, profile, extension, url }) {
  await pinIcon(profile, extension)
  const args = [
    `--user-data-dir=${profile}`,
    `--load-extension=${extension}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--hide-crash-restore-bubble',
    // Chromium's sandbox refuses to run as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    url,
  ]
  return startChild(executable, args, { stdio: 'ignore' })
}

/** Chromium hides a new extension's icon behind the puzzle piece; a profile that exists already is the user's. */
async function pinIcon(profile, extension) {
  const folder = join(profile, 'Default')
  if (existsSync(join(folder, 'Preferences'))) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const preferences = { extensions: { pinned_extensions: [await extensionId(extension)] } }
  await writeFile(join(folder, 'Preferences'), JSON.stringify(preferences))
}

/** The first 128 bits of the hash of the manifest's key, in the letters a to p. */
async function extensionId(extension) {
  const { key } = JSON.parse(await readFile(join(extension, 'manifest.json'), 'utf8'))
  const hex = createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 32)
  return [...hex].map((digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)]).join('')
}
