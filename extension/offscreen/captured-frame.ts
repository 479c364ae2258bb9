/** Name under which the processor is registered. */
export const CAPTURE_PROCESSOR = 'aside-capture'

/** From the audio thread: one frame of the microphone. */
export interface CapturedFrame {
  /** PCM16 mono 16 kHz, 512 samples. */
  readonly pcm: ArrayBuffer
  /** Index of the first sample since the context began. */
  readonly firstSample: number
  /** Loudness 0–1 (root mean square). */
  readonly level: number
}
