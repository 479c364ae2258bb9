import { levelOf } from '../../shared/audio/level-meter.ts'

/** Loudness of what runs through an analyser at this moment, 0–1. */
export function analyserLevel(analyser: AnalyserNode): number {
  const samples = new Float32Array(analyser.fftSize)
  analyser.getFloatTimeDomainData(samples)
  return levelOf(samples)
}
