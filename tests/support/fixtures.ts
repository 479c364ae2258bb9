import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseWav } from '../../shared/audio/wav.ts'

const FOLDER = join(import.meta.dirname, '../fixtures')

export interface ExpectedRecording {
  readonly voice: 'flite' | 'human'
  /** The words that are spoken. */
  readonly text: string
}

/** What is spoken in each recording, by its name. */
export const RECORDINGS = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Readonly<
  Record<string, ExpectedRecording>
>

/** @returns path of a recording */
export function recordingPath(name: string): string {
  return join(FOLDER, `${name}.wav`)
}

/** @returns the samples of a recording: mono, 16 kHz, −1 to 1 */
export async function loadSamples(path: string): Promise<{ readonly samples: Float32Array; readonly rateHz: number }> {
  const wav = parseWav(await readFile(path))
  if (!wav.ok) throw new Error(`${path}: ${wav.fault}`)
  return wav
}
