import { GoogleGenAI, type Live } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { AUDIO_ENVELOPE, IMAGE_ENVELOPE } from './gemini-envelope.ts'
import { FrameRoom, type PayloadWriter } from './websocket/frame-writer.ts'

/** A session of the real SDK whose frames land in `sent`. */
async function sdkSession() {
  const sent: string[] = []
  const { live } = new GoogleGenAI({ vertexai: false, apiKey: 'k' })
  const factory = {
    create: (_url: string, _headers: unknown, sdk: { onopen(): void; onmessage(event: { data: string }): void }) => ({
      connect: () => queueMicrotask(() => sdk.onopen()),
      send: (text: string) => {
        sent.push(text)
        if (text.includes('"setup"')) sdk.onmessage({ data: '{"setupComplete":{}}' })
      },
      close: () => undefined,
    }),
  }
  const seam = Object.create(live, { webSocketFactory: { value: factory } }) as Live
  const session = await seam.connect({ model: 'm', callbacks: { onmessage: () => undefined } })
  sent.length = 0
  return { session, sent }
}

/** Around base64's groups of three, a usual microphone frame, a usual picture. */
const LENGTHS = [0, 1, 2, 3, 1024, 1025, 20_000, 100_000]

/** What an envelope writes, from a place inside a frame on; checks that it wrote there only. */
function wrap(envelope: PayloadWriter, payload: Uint8Array): Buffer {
  const [offset, bytes] = [8, envelope.byteLength(payload)]
  const room = new FrameRoom(offset + bytes + 8)
  const frame = room.bytes.subarray(0, offset + bytes + 8).fill('#')
  envelope.write(payload, room, offset)
  expect(`${frame.subarray(0, offset).toString()}${frame.subarray(offset + bytes).toString()}`).toBe('#'.repeat(16))
  return frame.subarray(offset, offset + bytes)
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 37) & 255)
}

describe('the envelopes', () => {
  it.each(LENGTHS)('carry %i bytes of audio exactly as the SDK does', async (length) => {
    const pcm = bytesOf(length)
    const { session, sent } = await sdkSession()
    session.sendRealtimeInput({
      audio: { data: Buffer.from(pcm).toString('base64'), mimeType: 'audio/pcm;rate=16000' },
    })
    expect(wrap(AUDIO_ENVELOPE, pcm)).toEqual(Buffer.from(sent[0]!))
  })

  it.each(LENGTHS)('carry a picture of %i bytes exactly as the SDK does', async (length) => {
    const jpeg = bytesOf(length)
    const { session, sent } = await sdkSession()
    session.sendRealtimeInput({ video: { data: Buffer.from(jpeg).toString('base64'), mimeType: 'image/jpeg' } })
    expect(wrap(IMAGE_ENVELOPE, jpeg)).toEqual(Buffer.from(sent[0]!))
  })

  it('wrap a view without its neighbours', () => {
    const buffer = Uint8Array.from([9, 9, 1, 2, 9])
    const frame = JSON.parse(wrap(AUDIO_ENVELOPE, buffer.subarray(2, 4)).toString()) as {
      realtimeInput: { audio: { data: string } }
    }
    expect([...Buffer.from(frame.realtimeInput.audio.data, 'base64')]).toEqual([1, 2])
  })
})
