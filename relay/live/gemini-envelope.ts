import { base64Length, writeBase64 } from './base64.ts'
import { type PayloadWriter } from './websocket/frame-writer.ts'

/**
 * Media travels to Gemini as base64 inside JSON. The JSON around it never changes, so it is written once; a frame costs
 * one base64 pass, straight into the buffer that leaves, and no `JSON.stringify`. The bytes are those the SDK's
 * `sendRealtimeInput` would send (gemini-envelope.test.ts holds both against each other).
 */

/** PCM16 mono little-endian 16 kHz, Gemini's native rate. */
export const AUDIO_ENVELOPE = createEnvelope('audio', 'audio/pcm;rate=16000')

export const IMAGE_ENVELOPE = createEnvelope('video', 'image/jpeg')

function createEnvelope(field: 'audio' | 'video', mimeType: string): PayloadWriter {
  const before = Buffer.from(`{"realtimeInput":{"${field}":{"data":"`, 'latin1')
  const after = Buffer.from(`","mimeType":"${mimeType}"}}}`, 'latin1')
  return {
    byteLength: (payload) => before.length + base64Length(payload.byteLength) + after.length,
    write(payload, { bytes, view }, offset) {
      bytes.set(before, offset)
      writeBase64(payload, view, offset + before.length)
      bytes.set(after, offset + before.length + base64Length(payload.byteLength))
    },
  }
}
