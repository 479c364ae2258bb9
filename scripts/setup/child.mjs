import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Chromium and the relay end within a second or two of being asked; what still runs then hangs. */
const STOP_TIMEOUT_MS = 10_000

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }

/**
 * @typedef {object} Child
 * @property {import('node:child_process').ChildProcess} process
 * @property {Promise<number>} exited its exit code; 128 + n after signal n, 127 when it could not be started
 * @property {() => Promise<void>} stop asks it to end, makes sure that it does, and returns when it has
 */

/**
 * Starts a program.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options] with `detached` it leads a process group of its own: the
 *   terminal's Ctrl-C does not reach it, and `stop` ends all its children with it
 * @returns {Child}
 */
export function startChild(command, args, options = {}) {
  const child = spawn(command, args, options)
  const exited = new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0)))
  })
  const target = options.detached === true && process.platform !== 'win32' ? -child.pid : child.pid
  return { process: child, exited, stop: () => stop(child, target, exited) }
}

async function stop(child, target, exited) {
  if (child.pid === undefined) return
  const timer = setTimeout(() => signal(target, 'SIGKILL'), STOP_TIMEOUT_MS)
  if (child.exitCode === null && child.signalCode === null) signal(target, 'SIGTERM')
  await exited
  clearTimeout(timer)
  // The head of a family is gone; a member that did not follow it is ended now.
  if (target < 0) signal(target, 'SIGKILL')
}

function signal(target, name) {
  try {
    process.kill(target, name)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** How soon after npm's end its script ends too, ms. */
const ORPHAN_CHECK_MS = 500

/**
 * Calls back once when this process is asked to stop: by a signal, or because who started it is gone.
 *
 * @param {() => void} callback
 */
export function onStop(callback) {
  let asked = false
  const ask = () => {
    if (asked) return
    asked = true
    callback()
  }
  // npm and the terminal may each send one Ctrl-C: what follows the first is ignored.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, ask)
  watchNpm(ask)
  if (process.channel === undefined) return
  process.once('disconnect', ask)
  process.channel.unref()
}

/**
 * npm starts us through a shell. A signal for npm is handed to the shell, which dies of it without a word, and a killed
 * npm leaves the shell behind: either way one of the two above us is another process than before.
 */
function watchNpm(ask) {
  if (process.env.npm_lifecycle_event === undefined) return
  const before = pedigree()
  const timer = setInterval(() => {
    if (pedigree() !== before) ask()
  }, ORPHAN_CHECK_MS)
  timer.unref()
}

/** @returns {string} parent and, on Linux, grandparent */
function pedigree() {
  const parent = process.ppid
  if (process.platform !== 'linux') return String(parent)
  try {
    // The name of the program, in brackets, may itself hold spaces and brackets (proc_pid_stat(5)).
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8')
    return `${parent} ${stat.slice(stat.lastIndexOf(')')).split(' ')[2]}`
  } catch {
    return 'gone'
  }
}
