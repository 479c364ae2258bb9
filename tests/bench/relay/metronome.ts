const GOLDEN_RATIO = 0.618_033_988_75

/**
 * Calls every member once per period, each at its own phase, as sessions of independent people are: what leaves is
 * spread over the period, not one burst.
 */
export class Metronome<Member> {
  readonly #slots: Set<Member>[]
  readonly #onBeat: (member: Member) => void
  #joined = 0
  #timer: NodeJS.Timeout | undefined

  /** @param periodMs one slot for each millisecond of it */
  constructor(periodMs: number, onBeat: (member: Member) => void) {
    this.#slots = Array.from({ length: periodMs }, () => new Set())
    this.#onBeat = onBeat
  }

  join(member: Member): void {
    // Multiples of the golden ratio: however many join, their phases lie about evenly.
    const phase = (this.#joined++ * GOLDEN_RATIO) % 1
    this.#slots[Math.floor(phase * this.#slots.length)]?.add(member)
  }

  leave(member: Member): void {
    for (const slot of this.#slots) slot.delete(member)
  }

  start(): void {
    if (this.#timer !== undefined) return
    const startedAt = performance.now()
    let played = 0
    const play = () => {
      const due = Math.floor(performance.now() - startedAt)
      for (; played < due; played++)
        for (const member of this.#slots[played % this.#slots.length] ?? []) this.#onBeat(member)
    }
    this.#timer = setInterval(play, 1)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
