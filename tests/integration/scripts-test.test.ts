import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { allGone, familyOf } from '../support/process-family.ts'
import { ROOT, runScript, startScript } from '../support/script-process.ts'

/** Runs steps in a process of their own, as `npm test` does. */
function runSteps(steps: string): Promise<{ readonly code: number | undefined; readonly stdout: string }> {
  const program = `
    import { StepRunner } from './scripts/setup/step-runner.mjs'
    const tally = { files: 1, done: 1, passed: 0, failed: 0, skipped: 0 }
    const steps = ${steps}
    const runner = new StepRunner(steps.length)
    await runner.runPhase(steps)
    process.exit(runner.finish())`
  return runScript(['--input-type=module', '--eval', program])
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').at(-1)
}

describe('the steps of npm test', () => {
  it('end with the sum of all tests', async () => {
    const { code, stdout } = await runSteps(`[
      { name: 'unit', run: async () => ({ ok: true, output: 'quiet', tally: { ...tally, passed: 3 } }) },
      { name: 'lint', run: async () => ({ ok: true, output: 'quiet' }) },
      { name: 'e2e', run: async () => ({ ok: true, output: 'quiet', tally: { ...tally, passed: 4 } }) },
    ]`)
    expect(code).toBe(0)
    expect(lastLine(stdout)).toBe('7 passed, 0 failed')
    expect(stdout).toMatch(/3\/3 e2e/)
    expect(stdout).not.toContain('quiet')
  })

  it('go on after a failure, print all that the failing ones said, and fail', async () => {
    const { code, stdout } = await runSteps(`[
      { name: 'lint', run: async () => ({ ok: false, output: 'first line\\nlast line' }) },
      { name: 'unit', run: async () => ({ ok: false, output: 'red', tally: { ...tally, passed: 3, failed: 2 } }) },
      { name: 'bug', run: async () => { throw new Error('a step broke') } },
      { name: 'types', run: async () => ({ ok: true, output: '' }) },
    ]`)
    expect(code).toBe(1)
    expect(stdout).toContain('first line\nlast line')
    expect(stdout).toContain('a step broke')
    expect(stdout).toContain('4/4')
    expect(stdout).toContain('Failing: lint, unit, bug')
    // Two tests, and the two steps that failed without one.
    expect(lastLine(stdout)).toBe('3 passed, 4 failed')
  })

  it('fail when a run had no test', async () => {
    const program = `
      import { StepRunner } from './scripts/setup/step-runner.mjs'
      import { vitestStep } from './scripts/setup/steps.mjs'
      const runner = new StepRunner(1)
      await runner.runPhase([vitestStep('no-such-project', process.execPath)])
      process.exit(runner.finish())`
    const { code, stdout } = await runScript(['--input-type=module', '--eval', program])
    expect(code).toBe(1)
    expect(lastLine(stdout)).toBe('0 passed, 1 failed')
  })
})

describe.skipIf(process.platform !== 'linux')('npm run check', () => {
  it('ends with everything it started when it is asked to', async () => {
    const check = startScript(['scripts/check.mjs'], { ...process.env, ASIDE_CONTINUED: '1' })
    while ((await familyOf(check.pid)).length < 4) await new Promise((resolve) => setTimeout(resolve, 20))
    const family = await familyOf(check.pid)
    check.kill('SIGTERM')
    expect(await check.exited).toBe(130)
    expect(check.output.stdout).not.toMatch(/passed, \d+ failed/)
    await allGone(family)
  })
})

describe('the tally of a Vitest run', () => {
  it('counts tests, and a file that cannot be loaded as a failure', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aside-tally-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(
      join(folder, 'mixed.test.js'),
      `it('a', () => {}); it('b', () => { throw 1 }); it.skip('c', () => {})`,
    )
    await writeFile(join(folder, 'good.test.js'), `it('a', () => {}); describe('d', () => { it('b', () => {}) })`)
    await writeFile(join(folder, 'broken.test.js'), `import './missing.js'; it('never', () => {})`)
    const reporter = join(ROOT, 'scripts/setup/tally-reporter.mjs')
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const child = fork(vitest, ['run', '--globals', '--root', folder, `--reporter=${reporter}`], {
      silent: true,
    })
    const messages: unknown[] = []
    child.on('message', (message) => messages.push(message))
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(messages.at(-1)).toEqual({ tally: { files: 3, done: 3, passed: 3, failed: 2, skipped: 1 } })
  })
})

describe('npm test, npm run check and npm run bench', () => {
  it.each(['test', 'check'])('%s refuses arguments', async (name) => {
    expect(await runScript([`scripts/${name}.mjs`, 'relay'])).toMatchObject({ code: 2 })
  })

  it('bench names the benchmarks there are', async () => {
    const { code, stderr } = await runScript(['scripts/bench.mjs', 'no-such-bench'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/no benchmark no-such-bench[\s\S]*Names: .*relay/)
  })
})
