import { DEFAULT_MIN_SPEECH_MS, DEFAULT_SILENCE_MS, type TurnTakingRules } from './turn-taking.ts'
import { type Setup } from './wire/setup-schema.ts'

/** Silero's own threshold, and one for rooms where others talk. */
const THRESHOLD = { high: 0.5, low: 0.7 } as const
/** END_SENSITIVITY_LOW: for people who think between words. */
const PATIENT_SILENCE_MS = 800

/** How a session takes turns, from its setup. */
export interface TurnRules extends TurnTakingRules {
  /** Whether the user's activity cuts the assistant's speech (START_OF_ACTIVITY_INTERRUPTS, the default). */
  readonly interruptible: boolean
}

export function turnRulesOf(setup: Setup): TurnRules {
  const { automaticActivityDetection: detection = {}, activityHandling } = setup.realtimeInputConfig
  const patient = detection.endOfSpeechSensitivity === 'END_SENSITIVITY_LOW'
  return {
    mode: detection.disabled === true ? 'manual' : 'automatic',
    threshold: detection.startOfSpeechSensitivity === 'START_SENSITIVITY_LOW' ? THRESHOLD.low : THRESHOLD.high,
    // By its description the field is no padding: "the required duration of detected speech before start-of-speech
    // is committed".
    minSpeechMs: detection.prefixPaddingMs ?? DEFAULT_MIN_SPEECH_MS,
    silenceMs: detection.silenceDurationMs ?? (patient ? PATIENT_SILENCE_MS : DEFAULT_SILENCE_MS),
    interruptible: activityHandling !== 'NO_INTERRUPTION',
  }
}
