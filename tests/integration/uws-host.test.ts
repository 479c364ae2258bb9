import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { projectNode } from '../../scripts/uws-host.mjs'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Runs a script the way people do: `node scripts/uws-host.mjs SCRIPT ARGS…`. */
async function runHosted(source: string, args: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'aside-host-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = join(folder, 'script.cjs')
  await writeFile(script, source)
  const child = spawn(projectNode(), [join(ROOT, 'scripts', 'uws-host.mjs'), script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  return {
    child,
    exited,
    until: async (text: string) => {
      while (!output.includes(text)) await once(child.stdout, 'data')
    },
    result: async () => {
      const [code] = await exited
      return { code, output: output.trim() }
    },
  }
}

it('runs a script in which uWebSockets.js loads, with its arguments, and ends with its exit code', async () => {
  const source = `
    const uws = require(${JSON.stringify(join(ROOT, 'node_modules', 'uWebSockets.js'))})
    console.log(typeof uws.App, process.argv.slice(2).join(' '))
    process.exit(7)`
  const { result } = await runHosted(source, ['one two', '--three'])
  expect(await result()).toEqual({ code: 7, output: 'function one two --three' })
})

it('lets the script fork as if nothing were special', async () => {
  const source = `
    const { fork } = require('node:child_process')
    if (process.send === undefined)
      fork(__filename, ['child']).on('message', (message) => console.log('child says', message))
    else
      process.send(typeof require(${JSON.stringify(join(ROOT, 'node_modules', 'uWebSockets.js'))}).App, () => process.disconnect())`
  const { result } = await runHosted(source)
  expect(await result()).toEqual({ code: 0, output: 'child says function' })
})

it('hands a signal on and lets the script end in its own way', async () => {
  const source = `
    process.on('SIGTERM', () => { console.log('stopping'); process.exit(3) })
    setInterval(() => undefined, 1000)
    console.log('up')`
  const { child, until, result } = await runHosted(source)
  await until('up')
  child.kill('SIGTERM')
  expect(await result()).toEqual({ code: 3, output: 'up\nstopping' })
})

it('ends by the signal that ended the script', async () => {
  const { exited } = await runHosted(`process.kill(process.pid, 'SIGKILL')`)
  expect(await exited).toEqual([null, 'SIGKILL'])
})
