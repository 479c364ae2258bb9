/** An eighth of a second of 16 kHz µ-law. */
export const BLOCK_BYTES = 2 * 1024

/** Blocks that are made at once: one by one each would have a tenth of its size in books kept about it. */
const BATCH = 32

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
    return this.#spare.pop() ?? this.#make()
  }

  /** Nobody looks at these any more. */
  giveBack(blocks: readonly Uint8Array[]): void {
    for (const block of blocks) if (this.#spare.length < MAX_SPARE) this.#spare.push(block)
  }

  /** @returns one block; the rest of its batch is spare */
  #make(): Uint8Array {
    const batch = new ArrayBuffer(BATCH * BLOCK_BYTES)
    for (let index = 1; index < BATCH; index++)
      this.#spare.push(new Uint8Array(batch, index * BLOCK_BYTES, BLOCK_BYTES))
    return new Uint8Array(batch, 0, BLOCK_BYTES)
  }
}
