import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MICROPHONE_RATE_HZ, SAMPLE_BYTES } from '../../shared/audio/audio-format.ts'
import { encodeWav } from '../../shared/audio/wav.ts'

/** A stretch of what the microphone hears: the name of a recording in `tests/fixtures`, or so much silence. */
export type MicrophonePart = string | { readonly silenceMs: number }

/** Bytes before the samples in our own fixtures: the plain RIFF header. */
const WAV_HEADER_BYTES = 44

export interface MicrophoneRecording {
  readonly path: string
  /** When the last word of each named recording ends, ms from the start of the file; in their order. */
  readonly endsMs: readonly number[]
  dispose(): Promise<void>
}

/** Joins recordings and silences into one 16 kHz WAV file that Chromium plays as its microphone. */
export async function recordMicrophone(parts: readonly MicrophonePart[]): Promise<MicrophoneRecording> {
  const folder = await mkdtemp(join(tmpdir(), 'aside-microphone-'))
  const pieces: Buffer[] = []
  const endsMs: number[] = []
  let lengthBytes = 0
  for (const part of parts) {
    const piece = await pcmOf(part)
    pieces.push(piece)
    lengthBytes += piece.byteLength
    if (typeof part === 'string') endsMs.push((lengthBytes / SAMPLE_BYTES / MICROPHONE_RATE_HZ) * 1000)
  }
  const path = join(folder, 'microphone.wav')
  const bytes = new Uint8Array(Buffer.concat(pieces)).buffer
  await writeFile(path, encodeWav(new Int16Array(bytes), MICROPHONE_RATE_HZ))
  return { path, endsMs, dispose: () => rm(folder, { recursive: true, force: true }) }
}

async function pcmOf(part: MicrophonePart): Promise<Buffer> {
  if (typeof part !== 'string')
    return Buffer.alloc(Math.round((part.silenceMs * MICROPHONE_RATE_HZ) / 1000) * SAMPLE_BYTES)
  const file = await readFile(join(import.meta.dirname, '../fixtures', `${part}.wav`))
  return file.subarray(WAV_HEADER_BYTES)
}
