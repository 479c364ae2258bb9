import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { Watch } from './watch.ts'

const MAIN = fileURLToPath(new URL('../../relay/main.ts', import.meta.url))

export interface MainProcess {
  readonly process: ChildProcess
  /** Its working directory: empty at the start. */
  readonly folder: string
  /** The address of its ready line. */
  readonly ready: Promise<string>
  /** The address of its admin listener. */
  readonly admin: Promise<string>
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** Exit code; null after a signal. */
  readonly exited: Promise<number | null>
  /** The first match in its log, as soon as it is there. */
  logged(pattern: RegExp): Promise<RegExpExecArray>
}

const READY = /^aside relay ready on (\S+) \(engine (?:uws|ws), brain (?:gemini|local)\)$/m
const ADMIN = /"address":"([^"]+)","msg":"metrics and health/

/** Starts the relay as a process of its own, in an empty folder, with nothing of this environment's relays. */
export async function startMain(
  env: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): Promise<MainProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'aside-main-'))
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ASIDE|GEMINI|GOOGLE|OTEL)_/.test(name))
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: {
      ...Object.fromEntries(inherited),
      GEMINI_API_KEY: 'test-key',
      ASIDE_PORT: '0',
      ASIDE_ADMIN_PORT: '0',
      ASIDE_STORE: 'memory:',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const watch = new Watch()
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true })
  })
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk.toString()
      watch.changed()
    })
  }
  const logged = (pattern: RegExp) => watch.until(() => pattern.exec(output.stderr) ?? undefined)
  return {
    process: child,
    folder,
    ready: watch.until(() => READY.exec(output.stdout)?.[1]),
    admin: logged(ADMIN).then(([, address]) => `http://${address}`),
    output,
    exited,
    logged,
  }
}
