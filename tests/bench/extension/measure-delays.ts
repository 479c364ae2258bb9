import { SPEECH_RATE_HZ } from '../../../shared/audio/audio-format.ts'
import { type ScriptedCall } from '../../support/scripted-live.ts'
import { generationComplete, interrupted, speech, turnComplete } from '../../support/scripted-live-messages.ts'
import { type Percentiles, percentilesOf } from '../survival/percentiles.ts'
import { microphoneStartMs } from '../voice/microphone-clock.ts'
import { PULSES_END_MS, pulseDelaysMs } from './pulses.ts'
import { openSpeakerEar, type SpeakerEar } from './speaker-ear.ts'
import { type TalkStage } from './talk-stage.ts'
import { nowMs } from './wall-clock.ts'
import { type WireTap } from './wire-tap.ts'

/** Not counted: code is compiled, permissions are looked up, devices opened. */
const WARM_UPS = 2

/** Between two starts a person breathes, ms. */
const PAUSE_MS = 400

/** A tone: loud from its first sample to its last. */
const TONE_HZ = 440
const LOUDNESS = 12_000

const SHORT_MS = 400
const LONG_MS = 4_000

/** The device gives sound in steps; the earliest of so many looks is closest to when it began. */
const LOOKS = 8

export interface Delays {
  readonly clickToFrameMs: Percentiles
  readonly microphoneToFrameMs: Percentiles
  readonly speechToSoundMs: Percentiles
  readonly interruptedToSilenceMs: Percentiles
}

/** @param rounds of each, warm ones only */
export async function measureDelays(stage: TalkStage, rounds: number): Promise<Delays> {
  const clicks: number[] = []
  for (let round = 0; round < WARM_UPS + rounds; round++) {
    if (round > 0) await stage.stop()
    await pause(PAUSE_MS)
    const { clickedMs, heardMs } = await stage.start()
    if (round >= WARM_UPS) clicks.push(heardMs - clickedMs)
  }
  console.error('  clicks')
  // The last of them goes on.
  const microphoneToFrameMs = percentilesOf(await measureMicrophone(stage))
  console.error('  microphone')
  const ear = await openSpeakerEar(stage.panel)
  const brain = await stage.brain()
  const sounds = await repeat(rounds, () => measureSpeech(stage.wire, brain, ear))
  console.error('  speech')
  const silences = await repeat(rounds, () => measureInterruption(stage.wire, brain, ear))
  await ear.close()
  await stage.stop()
  return {
    clickToFrameMs: percentilesOf(clicks),
    microphoneToFrameMs,
    speechToSoundMs: percentilesOf(sounds),
    interruptedToSilenceMs: percentilesOf(silences),
  }
}

async function measureMicrophone({ browser, wire }: TalkStage): Promise<readonly number[]> {
  const looks: number[] = []
  for (let look = 0; look < LOOKS; look++) looks.push(await microphoneStartMs(browser.context))
  const startMs = Math.min(...looks)
  await pause(startMs + PULSES_END_MS - nowMs())
  return pulseDelaysMs(wire.passed, startMs)
}

async function measureSpeech(wire: WireTap, brain: ScriptedCall, ear: SpeakerEar): Promise<number> {
  wire.forget()
  await ear.forget()
  brain.send(speech(tone(SHORT_MS)))
  brain.send(generationComplete)
  brain.send(turnComplete)
  const leftMs = await wire.until(
    (passed) => passed.find(({ way, ...what }) => way === 'down' && 'frame' in what)?.atMs,
  )
  const soundMs = await ear.next('sound')
  await ear.next('silence')
  return soundMs - leftMs
}

async function measureInterruption(wire: WireTap, brain: ScriptedCall, ear: SpeakerEar): Promise<number> {
  wire.forget()
  await ear.forget()
  brain.send(speech(tone(LONG_MS)))
  await ear.next('sound')
  // At any place within a block of sound.
  await pause(500 + Math.random() * 50)
  brain.send(interrupted)
  const leftMs = await wire.until(
    (passed) => passed.find((one) => 'message' in one && one.message.type === 'turn.interrupted')?.atMs,
  )
  brain.send(turnComplete)
  return (await ear.next('silence')) - leftMs
}

async function repeat(rounds: number, measure: () => Promise<number>): Promise<readonly number[]> {
  const results: number[] = []
  for (let round = 0; round < WARM_UPS + rounds; round++) {
    const result = await measure()
    if (round >= WARM_UPS) results.push(result)
    await pause(PAUSE_MS)
  }
  return results
}

/** @returns PCM16 24 kHz; its first sample is loud already */
export function tone(ms: number): Buffer {
  const samples = Int16Array.from({ length: (ms * SPEECH_RATE_HZ) / 1000 }, (_, index) =>
    Math.round(LOUDNESS * Math.cos((2 * Math.PI * TONE_HZ * index) / SPEECH_RATE_HZ)),
  )
  return Buffer.from(samples.buffer)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
