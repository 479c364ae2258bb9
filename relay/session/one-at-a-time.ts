/** Lets tasks of the same key run one after another, in the order in which they came. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>()

  /** @returns what the task returns or throws */
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve()
    // Whatever became of the one before is nobody's business here.
    const mine = before.then(task, task)
    this.#last.set(key, mine)
    const forget = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
    mine.then(forget, forget)
    return mine
  }
}
