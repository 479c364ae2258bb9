import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MICROPHONE_RATE_HZ } from '../../../shared/audio/audio-format.ts'
import { pcm16FromBytes } from '../../../shared/audio/pcm16.ts'
import { encodeWav } from '../../../shared/audio/wav.ts'
import { type Passing } from './wire-tap.ts'

/** The first comes when the conversation is open, ms; the others at all places within a frame of 32 ms. */
const FIRST_MS = 2_500
const PERIOD_MS = 317
const COUNT = 24

const LOUDNESS = 20_000
const LOUD = 6_000
const PULSE_SAMPLES = 48

/** Silence after the last, ms: the microphone goes on. */
const REST_MS = 90_000

/** A recording for Chromium's microphone: clicks at known times in silence. */
export async function recordPulses(): Promise<{ readonly path: string; dispose(): Promise<void> }> {
  const samples = new Int16Array(samplesIn(FIRST_MS + COUNT * PERIOD_MS + REST_MS))
  for (let pulse = 0; pulse < COUNT; pulse++) {
    const start = samplesIn(pulseMs(pulse))
    samples.fill(LOUDNESS, start, start + PULSE_SAMPLES)
  }
  const folder = await mkdtemp(join(tmpdir(), 'aside-pulses-'))
  const path = join(folder, 'microphone.wav')
  await writeFile(path, encodeWav(samples, MICROPHONE_RATE_HZ))
  return { path, dispose: () => rm(folder, { recursive: true, force: true }) }
}

/** So long after the microphone opened all of it has been heard, ms. */
export const PULSES_END_MS = pulseMs(COUNT)

/**
 * @param passed what the relay got since before the first pulse
 * @param startMs when the recording began to play, ms since 1970
 * @returns for each pulse how long after its sound the frame with it was at the relay, ms
 * @throws {Error} when one is missing
 */
export function pulseDelaysMs(passed: readonly Passing[], startMs: number): readonly number[] {
  const arrivals: number[] = []
  let lastSeq = -Infinity
  for (const passing of passed) {
    if (!('frame' in passing) || passing.frame.kind !== 'microphone') continue
    const { seq, payload } = passing.frame
    if (!pcm16FromBytes(payload).some((sample) => Math.abs(sample) > LOUD)) continue
    // One that lies over the end of a frame is heard with its first sample.
    if (seq - lastSeq > 1) arrivals.push(passing.atMs)
    lastSeq = seq
  }
  if (arrivals.length !== COUNT) throw new Error(`${arrivals.length} of ${COUNT} clicks came to the relay`)
  return arrivals.map((atMs, pulse) => atMs - startMs - pulseMs(pulse))
}

function pulseMs(pulse: number): number {
  return FIRST_MS + pulse * PERIOD_MS
}

function samplesIn(ms: number): number {
  return Math.round((ms * MICROPHONE_RATE_HZ) / 1000)
}
