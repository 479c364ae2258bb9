import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { relayEnvironment } from './relay-environment.ts'

export type Brain = 'gemini' | 'local'

const MAIN = join(import.meta.dirname, '../../../relay/main.ts')

/**
 * Starts a relay as often as is asked and ends it again.
 *
 * @returns ms from the start of the process to its ready line, for each start
 */
export async function measureStarts(brain: Brain, times: number): Promise<readonly number[]> {
  const took: number[] = []
  for (let count = 0; count < times; count++) took.push(await startOnce(brain))
  return took
}

async function startOnce(brain: Brain): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'aside-bench-'))
  const env = relayEnvironment(brain === 'gemini' ? { GEMINI_API_KEY: 'bench' } : { ASIDE_BRAIN: 'local' })
  const startedAtMs = performance.now()
  const relay = spawn(process.execPath, [MAIN], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    for await (const line of createInterface(relay.stdout)) {
      if (line.startsWith('aside relay ready on ')) return performance.now() - startedAtMs
    }
    throw new Error(`the relay with the brain ${brain} ended before it was ready`)
  } finally {
    const ended = once(relay, 'exit')
    if (relay.exitCode === null && relay.signalCode === null) {
      relay.kill('SIGKILL')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
}
