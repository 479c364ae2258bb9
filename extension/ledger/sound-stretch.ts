import { MICROPHONE_RATE_HZ, pcmDurationMs } from '../../shared/audio/audio-format.ts'
import { type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type SoundFact } from './ledger-entry.ts'

/** Longer stretches would show a crash, or a mute, only roughly. */
const MAX_STRETCH_MS = 5000
/** Frames follow one another every 32 ms; two of them missing is a gap. */
const MAX_GAP_MS = 64
const WRAP = 2 ** 32

/** The stretch with one more frame; undefined when the frame does not continue it. @param now ms since 1970 */
export function stretchWith(
  stretch: SoundFact | undefined,
  { seq, timeMs, replayed, payload }: MicrophoneFrame,
  now: number,
): SoundFact | undefined {
  const startMs = inFull(timeMs, now)
  const durationMs = pcmDurationMs(payload.byteLength, MICROPHONE_RATE_HZ)
  const frame: SoundFact = {
    kind: 'sound',
    startMs,
    endMs: startMs + durationMs,
    frames: 1,
    bytes: payload.byteLength,
    firstSeq: seq,
    lastSeq: seq,
    resent: replayed ? 1 : 0,
    unsure: 0,
  }
  if (stretch === undefined) return frame
  const { lastSeq = 0 } = stretch
  const follows = seq === (lastSeq + 1) % WRAP && Math.abs(startMs - stretch.endMs) <= MAX_GAP_MS
  if (!follows || frame.endMs - stretch.startMs > MAX_STRETCH_MS) return undefined
  return {
    ...stretch,
    endMs: frame.endMs,
    frames: stretch.frames + 1,
    bytes: stretch.bytes + frame.bytes,
    lastSeq: seq,
    resent: stretch.resent + frame.resent,
  }
}

/** A capture time travels modulo 2³² ms: the one that is meant is the one nearest to now. */
function inFull(timeMs: number, now: number): number {
  const distance = (timeMs - (now % WRAP) + 1.5 * WRAP) % WRAP
  return Math.round(now + distance - WRAP / 2)
}
