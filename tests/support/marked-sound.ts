/** Samples of one frame of the contract. */
const SAMPLES = 512

/** The first sample of every marked frame. */
const MARK = 0x4153

/** Sound that says whose it is: frames of a microphone whose samples are numbers. */
export interface MarkedFrame {
  /** `c` and a number. */
  readonly client: string
  /** Number of the frame, as the client counts. */
  readonly seq: number
  /** The frame is the last one of this utterance. */
  readonly endOf?: number
}

/** @returns 512 samples, PCM16 little-endian 16 kHz. @param client number of the client */
export function markedFrame(client: number, seq: number, endOf = 0): Uint8Array {
  const samples = new Int16Array(SAMPLES)
  samples.set([MARK, client, seq & 0x7fff, seq >>> 15, endOf])
  return new Uint8Array(samples.buffer)
}

/** Reads any number of marked frames that were put together. @throws when it is other sound */
export function readMarkedFrames(pcm: Buffer): readonly MarkedFrame[] {
  const frames: MarkedFrame[] = []
  for (let start = 0; start < pcm.byteLength; start += SAMPLES * 2) {
    const sample = (index: number) => pcm.readInt16LE(start + index * 2)
    if (sample(0) !== MARK) throw new Error('the brain heard sound that no client made')
    const endOf = sample(4)
    const frame = { client: `c${sample(1)}`, seq: sample(2) | (sample(3) << 15) }
    frames.push(endOf === 0 ? frame : { ...frame, endOf })
  }
  return frames
}
