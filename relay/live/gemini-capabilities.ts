import { ThinkingLevel, type ThinkingConfig } from '@google/genai'
import { GEMINI_VOICES } from './gemini-voices.ts'
import { type LiveCapabilities } from './live-model.ts'

export interface GeminiCapabilities extends LiveCapabilities {
  /**
   * How a called tool holds up the talk. Always sent, since the default differs by model; `undefined` where the model
   * knows synchronous tools only and no such field.
   */
  readonly toolBehavior: 'BLOCKING' | 'NON_BLOCKING' | undefined
  /** Whether `clientContent {turnComplete: false}` stops an answer; 3.1 answers it with close 1007. */
  readonly canStop: boolean
  /** What a model that must be told how much to think is told; `undefined` where the default is right or the field refused. */
  readonly thinking: ThinkingConfig | undefined
}

/**
 * `affective` exists on 2.5 under v1alpha only (on 3.1 the setup never completes); proactive audio is always on in 3.8
 * and refused elsewhere. The API version is pinned to v1beta, so neither is ever sent.
 */
const NEVER_SENT = ['affective', 'proactive'] as const

/** 3.8 and everything newer. Tools hold the model silent until their answer is there: an answer before the page was read would be a guess. */
const NEWEST: GeminiCapabilities = {
  voices: GEMINI_VOICES,
  unsupported: NEVER_SENT,
  toolBehavior: 'BLOCKING',
  canStop: true,
  thinking: undefined,
  isSlow: false,
}

/** First match wins; written down from vendor pages and field reports of November 2026. */
const MODELS: readonly (readonly [RegExp, GeminiCapabilities])[] = [
  // Its synchronous tools have no behaviour field, and content outside of a seed is close 1007.
  [/gemini-3\.1-/, { ...NEWEST, toolBehavior: undefined, canStop: false }],
  // Asynchronous tools only, and a level of thinking must be given: the least, for people wait.
  [
    /extended-thinking/,
    { ...NEWEST, toolBehavior: 'NON_BLOCKING', thinking: { thinkingLevel: ThinkingLevel.LOW }, isSlow: true },
  ],
  [/gemini-(live-)?2\.5-/, NEWEST],
]

/** @returns what `model` can be asked for; unknown models are taken for the newest. */
export function capabilitiesOf(model: string): GeminiCapabilities {
  return MODELS.find(([pattern]) => pattern.test(model))?.[1] ?? NEWEST
}
