import { openModel, outputOf, Tensor, type InferenceSession } from './onnx.ts'

/** Samples of one frame at 16 kHz: the size Silero v5 is made for (32 ms). */
const FRAME_SAMPLES = 512
/** The last samples of the previous frame, which v5 wants in front of each. */
const CONTEXT_SAMPLES = 64
const STATE_SHAPE = [2, 1, 128] as const
const STATE_SIZE = 2 * 128

/** What Silero remembers of one stream between frames. */
export interface VoiceMemory {
  state: Float32Array
  context: Float32Array
}

export function newVoiceMemory(): VoiceMemory {
  return { state: new Float32Array(STATE_SIZE), context: new Float32Array(CONTEXT_SAMPLES) }
}

/** Silero voice detection v5: how likely one frame is speech. Several streams share it, each with its own memory. */
export class Silero {
  readonly #model: InferenceSession
  readonly #rate = new Tensor('int64', BigInt64Array.of(16_000n), [])
  readonly #input = new Float32Array(CONTEXT_SAMPLES + FRAME_SAMPLES)

  private constructor(model: InferenceSession) {
    this.#model = model
  }

  static async load(file: URL): Promise<Silero> {
    return new Silero(await openModel(file))
  }

  /**
   * @param samples 512 samples, 16 kHz, −1…1
   * @returns the probability of speech, 0…1; `memory` is brought up to date
   */
  async probability(samples: Float32Array, memory: VoiceMemory): Promise<number> {
    if (samples.length !== FRAME_SAMPLES) throw new RangeError(`a frame has ${FRAME_SAMPLES} samples`)
    this.#input.set(memory.context)
    this.#input.set(samples, CONTEXT_SAMPLES)
    const outputs = await this.#model.run({
      input: new Tensor('float32', this.#input, [1, this.#input.length]),
      state: new Tensor('float32', memory.state, STATE_SHAPE),
      sr: this.#rate,
    })
    memory.state = floats(outputOf(outputs, 'stateN'))
    memory.context = samples.slice(-CONTEXT_SAMPLES)
    return floats(outputOf(outputs, 'output'))[0] ?? 0
  }
}

function floats(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data
  throw new Error(`the model gave ${tensor.type} instead of float32`)
}
