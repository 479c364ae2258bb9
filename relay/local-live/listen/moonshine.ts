import tokenizer from 'llama-tokenizer-js'
import { openModel, outputOf, Tensor, type InferenceSession } from './onnx.ts'

const RATE_HZ = 16_000
const START_TOKEN = 1
const END_TOKEN = 2
/** Speech has at most about this many tokens a second; without a bound the model can loop on noise. */
const TOKENS_PER_SECOND = 6.5
/** The encoder's convolutions need this much, 64 ms; shorter sounds carry no word. */
const MIN_SAMPLES = 1024
/** Moonshine tiny's attention: 8 heads of 36. */
const EMPTY_CACHE_SHAPE = [0, 8, 1, 36] as const

/** Moonshine tiny (English): speech → text, greedy, with cached keys and values. */
export class Moonshine {
  readonly #encoder: InferenceSession
  readonly #decoder: InferenceSession
  readonly #cacheNames: readonly string[]

  private constructor(encoder: InferenceSession, decoder: InferenceSession) {
    this.#encoder = encoder
    this.#decoder = decoder
    this.#cacheNames = decoder.inputNames.filter((name) => name.startsWith('past_key_values.'))
  }

  static async load(encoder: URL, decoder: URL): Promise<Moonshine> {
    return new Moonshine(await openModel(encoder), await openModel(decoder))
  }

  /**
   * @param samples 16 kHz, −1…1; at most about 25 s, longer speech is to be split before
   * @param goOn asked between tokens: gives way to other work and says whether the words are still wanted
   * @returns the words, empty when there are none, undefined when they were not wanted any more
   */
  async recognise(samples: Float32Array, goOn: () => Promise<boolean>): Promise<string | undefined> {
    if (samples.length < MIN_SAMPLES) return ''
    const encoded = await this.#encoder.run({ input_values: new Tensor('float32', samples, [1, samples.length]) })
    const hidden = outputOf(encoded, 'last_hidden_state')
    const limit = Math.ceil((samples.length / RATE_HZ) * TOKENS_PER_SECOND)
    const cache = new Map<string, Tensor>(
      this.#cacheNames.map((name) => [name, new Tensor('float32', new Float32Array(), EMPTY_CACHE_SHAPE)]),
    )
    const tokens: number[] = []
    for (let token = START_TOKEN; tokens.length < limit;) {
      if (!(await goOn())) return undefined
      token = await this.#next(token, hidden, cache, tokens.length === 0)
      if (token === END_TOKEN) break
      tokens.push(token)
    }
    return tokenizer.decode([START_TOKEN, ...tokens]).trim()
  }

  async #next(token: number, hidden: Tensor, cache: Map<string, Tensor>, first: boolean): Promise<number> {
    const outputs = await this.#decoder.run({
      input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
      encoder_hidden_states: hidden,
      use_cache_branch: new Tensor('bool', [!first]),
      ...Object.fromEntries(cache),
    })
    for (const name of cache.keys()) {
      // The speech does not change: its keys are computed by the first step alone.
      if (first || name.includes('.decoder.')) {
        cache.set(name, outputOf(outputs, name.replace('past_key_values', 'present')))
      }
    }
    return largest(outputOf(outputs, 'logits'))
  }
}

function largest(logits: Tensor): number {
  if (!(logits.data instanceof Float32Array)) throw new Error('the decoder gave no float32')
  return logits.data.reduce((best, value, index, all) => (value > (all[best] ?? -Infinity) ? index : best), 0)
}
