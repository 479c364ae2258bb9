import { onStop } from './child.mjs'

/** So much silence is too long for somebody who waits. */
const HEARTBEAT_MS = 20_000

/** Cores of the smallest machine we mean: more at once would only make each slower. */
const AT_ONCE = 2

/**
 * Runs steps in phases: a phase begins when the one before is through, inside a phase two steps run at a time, and a
 * failing step stops nobody else. Prints each with its time, and the whole output of each that fails.
 */
export class StepRunner {
  #results = []
  #running = new Map()
  #children = new Set()
  #total
  #stopped = false

  /** @param {number} total number of all steps, for "3/11" */
  constructor(total) {
    this.#total = total
    onStop(() => {
      this.#stopped = true
      void Promise.all([...this.#children].map((child) => child.stop())).then(() => process.exit(130))
    })
  }

  /**
   * @param {readonly import('./steps.mjs').Step[]} steps
   * @returns {Promise<boolean>} whether all of them succeeded
   */
  async runPhase(steps, atOnce = AT_ONCE) {
    const waiting = [...steps]
    const before = this.#results.length
    const work = async () => {
      for (let step = waiting.shift(); step !== undefined && !this.#stopped; step = waiting.shift())
        await this.#run(step)
    }
    const heartbeat = setInterval(() => this.#sayRunning(), HEARTBEAT_MS)
    await Promise.all(Array.from({ length: atOnce }, work))
    clearInterval(heartbeat)
    // Whoever asked us to stop is answered when everything has ended, see the constructor.
    if (this.#stopped) await new Promise(() => {})
    return this.#results.slice(before).every((result) => result.ok)
  }

  /** Counts a step as failed without running it. */
  skip(name, reason) {
    this.#settle({ name, ok: false, output: `Not run: ${reason}`, ms: 0 })
  }

  /**
   * Prints which steps failed and, as the last line, `N passed, N failed`: the tests of all runs, where a step that
   * fails without a failing test counts as one.
   *
   * @returns {number} exit code
   */
  finish() {
    const failing = this.#results.filter((result) => !result.ok)
    const skipped = this.#sum('skipped')
    if (skipped > 0) console.log(`\n${skipped} tests were skipped.`)
    if (failing.length > 0) console.log(`\nFailing: ${failing.map((result) => result.name).join(', ')}`)
    const silent = failing.filter((result) => (result.tally?.failed ?? 0) === 0).length
    console.log(`${this.#sum('passed')} passed, ${this.#sum('failed') + silent} failed`)
    return failing.length === 0 ? 0 : 1
  }

  async #run(step) {
    const running = { startedAt: performance.now(), progress: '' }
    this.#running.set(step.name, running)
    const report = (progress) => {
      running.progress = progress
    }
    const result = await step.run(report, this.#children).catch((error) => ({ ok: false, output: String(error.stack) }))
    this.#running.delete(step.name)
    if (this.#stopped) return
    this.#settle({ ...result, name: step.name, ms: performance.now() - running.startedAt })
  }

  #settle(result) {
    this.#results.push(result)
    const position = `${String(this.#results.length).padStart(2)}/${this.#total}`
    const verdict = result.ok ? 'ok    ' : 'FAILED'
    const tests = result.tally === undefined ? '' : `   ${result.tally.passed} passed, ${result.tally.failed} failed`
    console.log(`${position} ${result.name.padEnd(16)} ${verdict} ${seconds(result.ms).padStart(8)}${tests}`)
    if (!result.ok) console.log(`${result.output.trimEnd()}\n`)
  }

  #sayRunning() {
    const now = performance.now()
    const texts = [...this.#running].map(([name, { startedAt, progress }]) => {
      const elapsed = `${name} ${Math.round((now - startedAt) / 1000)} s`
      return progress === '' ? elapsed : `${elapsed} (${progress})`
    })
    console.log(`      … ${texts.join(', ')}`)
  }

  #sum(field) {
    return this.#results.reduce((sum, result) => sum + (result.tally?.[field] ?? 0), 0)
  }
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
