type Samples = Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>

/** Cuts a stream of samples that comes in chunks of any size into frames of exactly one size. */
export class FrameSlicer<Frame extends Samples> {
  readonly #frameSamples: number
  readonly #ArrayType: new (length: number) => Frame
  #frame: Frame
  #filled = 0

  /**
   * @param frameSamples samples of one frame
   * @param ArrayType `Int16Array` or `Float32Array`, what the frames are to be
   */
  constructor(frameSamples: number, ArrayType: new (length: number) => Frame) {
    this.#frameSamples = frameSamples
    this.#ArrayType = ArrayType
    this.#frame = new ArrayType(frameSamples)
  }

  /** @returns the frames that became full, oldest first; each is a new array. */
  push(chunk: Int16Array | Float32Array): Frame[] {
    const frames: Frame[] = []
    for (let at = 0; at < chunk.length;) {
      const taken = Math.min(chunk.length - at, this.#frameSamples - this.#filled)
      this.#frame.set(chunk.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === this.#frameSamples) frames.push(this.#take())
    }
    return frames
  }

  /** @returns the rest, filled up with silence; undefined when nothing is left. Begins a new stream. */
  flush(): Frame | undefined {
    return this.#filled === 0 ? undefined : this.#take()
  }

  #take(): Frame {
    const frame = this.#frame
    this.#frame = new this.#ArrayType(this.#frameSamples)
    this.#filled = 0
    return frame
  }
}
