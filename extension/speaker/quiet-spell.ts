/** −42 dBFS: breath and hiss, no vowel. */
const QUIET_LEVEL = 0.008

/** How long what was heard last has been quiet: a pause between words is where nobody hears a seam. */
export class QuietSpell {
  #samples = 0

  /** Samples */
  get length(): number {
    return this.#samples
  }

  /** @param heard what went to the output, −1 to 1 */
  observe(heard: Float32Array): void {
    const last = heard.findLastIndex((sample) => Math.abs(sample) > QUIET_LEVEL)
    this.#samples = last === -1 ? this.#samples + heard.length : heard.length - 1 - last
  }
}
