import { type LiveCapabilities } from './live-model.ts'

export interface GeminiCapabilities extends LiveCapabilities {
  /**
   * How a called tool holds up the talk. Always sent, since the default differs by model; `undefined` where the model
   * knows synchronous tools only and no such field.
   */
  readonly toolBehavior: 'BLOCKING' | 'NON_BLOCKING' | undefined
  /** Whether `clientContent {turnComplete: false}` stops an answer; 3.1 answers it with close 1007. */
  readonly canStop: boolean
}

/**
 * `affective` exists on 2.5 under v1alpha only (on 3.1 the setup never completes); proactive audio is always on in 3.8
 * and refused elsewhere. The API version is pinned to v1beta, so neither is ever sent.
 */
const NEVER_SENT = ['affective', 'proactive'] as const

/** First match wins; written down from vendor pages and field reports of November 2026. */
const MODELS: readonly (readonly [RegExp, Omit<GeminiCapabilities, 'unsupported'>])[] = [
  [/gemini-3\.1-/, { toolBehavior: undefined, canStop: false }],
  [/extended-thinking/, { toolBehavior: 'NON_BLOCKING', canStop: true }],
]

/** Tools hold the model silent until their answer is there: an answer before the page was read would be a guess. */
const USUAL: Omit<GeminiCapabilities, 'unsupported'> = { toolBehavior: 'BLOCKING', canStop: true }

/** @returns what `model` can be asked for; unknown models are taken for the newest. */
export function capabilitiesOf(model: string): GeminiCapabilities {
  const row = MODELS.find(([pattern]) => pattern.test(model))?.[1] ?? USUAL
  return { ...row, unsupported: NEVER_SENT }
}
