/** Lets a test wait for something to be there: looked for after every change, without polling or timers. */
export class Watch {
  readonly #checks = new Set<() => void>()

  /** To be called after every change. */
  changed(): void {
    for (const check of [...this.#checks]) check()
  }

  /** Whatever `look` finds, as soon as it finds something. */
  until<Result>(look: () => Result | undefined): Promise<Result> {
    return new Promise((resolve) => {
      const check = () => {
        const result = look()
        if (result === undefined) return
        this.#checks.delete(check)
        resolve(result)
      }
      this.#checks.add(check)
      check()
    })
  }
}
