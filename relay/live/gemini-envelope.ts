/**
 * Media travels to Gemini as base64 inside JSON. The JSON around it never changes, so it is written once; a frame costs
 * one base64 pass into one buffer and no `JSON.stringify`. The bytes are those the SDK's `sendRealtimeInput` would send
 * (gemini-envelope.test.ts holds both against each other).
 */
export interface Envelope {
  /** @returns the whole text frame, UTF-8, in a buffer of its own */
  readonly wrap: (payload: Uint8Array) => Buffer
}

/** PCM16 mono little-endian 16 kHz, Gemini's native rate. */
export const AUDIO_ENVELOPE = createEnvelope('audio', 'audio/pcm;rate=16000')

export const IMAGE_ENVELOPE = createEnvelope('video', 'image/jpeg')

function createEnvelope(field: 'audio' | 'video', mimeType: string): Envelope {
  const before = Buffer.from(`{"realtimeInput":{"${field}":{"data":"`, 'latin1')
  const after = Buffer.from(`","mimeType":"${mimeType}"}}}`, 'latin1')
  return {
    wrap(payload) {
      const base64 = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64')
      const frame = Buffer.allocUnsafe(before.length + base64.length + after.length)
      before.copy(frame)
      frame.write(base64, before.length, 'latin1')
      after.copy(frame, before.length + base64.length)
      return frame
    },
  }
}
