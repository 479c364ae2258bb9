import { clausesOf } from './speak/clauses.ts'
import { type Voice } from './speak/speaker.ts'

interface Prepared {
  readonly clause: string
  readonly samples: Promise<Int16Array>
  readonly abort: AbortController
}

/**
 * Speaks the first clause of the likely answer while the user's silence is not yet long enough to be sure: by the
 * time it is, the sound is there. One clause at a time; a wrong guess costs 20–90 ms of the voice.
 */
export class FirstClause {
  readonly #speaker: Voice
  #prepared: Prepared | undefined

  constructor(speaker: Voice) {
    this.#speaker = speaker
  }

  prepare(text: string): void {
    const [clause] = clausesOf(text)
    if (clause === undefined || clause === this.#prepared?.clause) return
    this.drop()
    const abort = new AbortController()
    const samples = this.#speaker.say(clause, abort.signal)
    // Nobody may ever ask for it.
    samples.catch(() => undefined)
    this.#prepared = { clause, samples, abort }
  }

  /** @returns the sound of the clause, if it is the one that was prepared; it is given away once */
  take(clause: string): Promise<Int16Array> | undefined {
    if (this.#prepared?.clause !== clause) return undefined
    const { samples } = this.#prepared
    this.#prepared = undefined
    return samples
  }

  drop(): void {
    this.#prepared?.abort.abort()
    this.#prepared = undefined
  }
}
