/**
 * Vitest reporter: tells the script that started the run how far it is and how it ended (see steps.mjs), over the
 * process channel. What people read comes from Vitest's own reporter beside it.
 */
export default class TallyReporter {
  #tally = { files: 0, done: 0, passed: 0, failed: 0, skipped: 0 }

  onTestRunStart(specifications) {
    this.#tell({ files: specifications.length })
  }

  onTestCaseResult(testCase) {
    const { state } = testCase.result()
    if (state in this.#tally) this.#tell({ [state]: this.#tally[state] + 1 })
  }

  onTestModuleEnd(testModule) {
    // A file that could not be loaded, or whose set-up failed, has no failing test that says so.
    const broken = testModule.state() === 'failed' && !hasFailedTest(testModule)
    this.#tell({ done: this.#tally.done + 1, failed: this.#tally.failed + (broken ? 1 : 0) })
  }

  #tell(change) {
    this.#tally = { ...this.#tally, ...change }
    process.send?.({ tally: this.#tally })
  }
}

function hasFailedTest(testModule) {
  return !testModule.children.allTests('failed').next().done
}
