import { readFile } from 'node:fs/promises'
import { MICROPHONE_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { floatToPcm16 } from '../../shared/audio/pcm16.ts'
import { Resampler } from '../../shared/audio/resampler.ts'
import { parseWav } from '../../shared/audio/wav.ts'

/** Quieter than this, of full scale, is no speech: −40 dB. */
const SPEECH_LEVEL = 0.01 * 2 ** 15

export interface Recording {
  /** Mono, 16 kHz. */
  readonly samples: Int16Array<ArrayBuffer>
  /** End of the last sound loud enough to be speech, ms from the start; 0 when there is none. */
  readonly speechEndMs: number
}

export type LoadedRecording =
  { readonly ok: true; readonly recording: Recording } | { readonly ok: false; readonly fault: string }

/** Reads a WAV file as the microphone would hear it. Never throws; a fault is a sentence a person can act on. */
export async function loadRecording(path: string): Promise<LoadedRecording> {
  const file = await readFile(path).catch((error: unknown) => whyUnreadable(error))
  if (typeof file === 'string') return { ok: false, fault: `${path}: ${file}` }
  const wav = parseWav(file)
  if (!wav.ok) return { ok: false, fault: `${path}: ${wav.fault}` }
  const resampler = new Resampler(wav.rateHz, MICROPHONE_RATE_HZ)
  const head = floatToPcm16(resampler.process(wav.samples))
  const tail = floatToPcm16(resampler.flush())
  const samples = new Int16Array(head.length + tail.length)
  samples.set(head)
  samples.set(tail, head.length)
  const lastLoud = samples.findLastIndex((sample) => Math.abs(sample) > SPEECH_LEVEL)
  return { ok: true, recording: { samples, speechEndMs: ((lastLoud + 1) / MICROPHONE_RATE_HZ) * 1000 } }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'There is no such file.'
  if (code === 'EISDIR') return 'This is a folder, not a recording.'
  if (code === 'EACCES') return 'This file may not be read by you.'
  return error instanceof Error ? error.message : String(error)
}
