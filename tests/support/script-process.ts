import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The folder of package.json. */
export const ROOT = join(import.meta.dirname, '../..')

export interface ScriptProcess {
  readonly pid: number
  /** Everything it has written until now. */
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** Exit code; 128 + n when it died of signal n is not told apart: undefined. */
  readonly exited: Promise<number | undefined>
  kill(signal: NodeJS.Signals): void
  /** Resolves when standard output or standard error holds what is looked for; rejects when the script ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
}

/**
 * Starts a script of this project as a person would, with the running Node; it is killed when the test ends.
 *
 * @param args path of the script from the root, and its arguments
 */
export function startScript(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ScriptProcess {
  const child = spawn(process.execPath, [...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? undefined))
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const waitFor = async (pattern: RegExp) => {
    for (let ended = false; ;) {
      const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr)
      if (match !== null) return match
      if (ended) throw new Error(`the script ended without ${pattern}:\n${output.stdout}\n${output.stderr}`)
      ended = await Promise.race([exited.then(() => true), new Promise<false>((go) => setTimeout(() => go(false), 20))])
    }
  }
  return { pid: child.pid!, output, exited, kill: (signal) => child.kill(signal), waitFor }
}

/** Runs a script to its end. */
export async function runScript(
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | undefined; readonly stdout: string; readonly stderr: string }> {
  const script = startScript(args, env)
  const code = await script.exited
  return { code, ...script.output }
}
