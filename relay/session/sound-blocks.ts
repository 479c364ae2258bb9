/** An eighth of a second of 16 kHz µ-law. */
export const BLOCK_BYTES = 2 * 1024

/** What is kept at hand for the next who speaks, blocks: 8 MiB, a second and a half of three hundred people. */
const MAX_SPARE = 4 * 1024

/**
 * Memory for sound that is kept for a moment, by all conversations of a relay. Blocks that are given back are used again: left to the
 * garbage collector they would pile up beside the heap until it collects everything, many times a second with hundreds of
 * people talking.
 */
export class SoundBlocks {
  readonly #spare: Uint8Array[] = []

  /** @returns a block with anything in it */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES)
  }

  /** Nobody looks at these any more. */
  giveBack(blocks: readonly Uint8Array[]): void {
    for (const block of blocks) if (this.#spare.length < MAX_SPARE) this.#spare.push(block)
  }
}
