/** Microphone audio on every leg: PCM16 mono, little-endian. Gemini Live takes 16 kHz natively. */
export const MICROPHONE_RATE_HZ = 16_000

/** Speech audio on every leg: PCM16 mono, little-endian, 24 kHz, as Gemini Live sends it. */
export const SPEECH_RATE_HZ = 24_000

/** Samples of one microphone frame: 32 ms, also what Silero's voice detection takes. */
export const MICROPHONE_FRAME_SAMPLES = 512

/** Bytes of one PCM16 sample. */
export const SAMPLE_BYTES = 2

/** @returns how long `bytes` of PCM16 mono last at `rateHz`, ms. */
export function pcmDurationMs(bytes: number, rateHz: number): number {
  return (bytes / SAMPLE_BYTES / rateHz) * 1000
}
