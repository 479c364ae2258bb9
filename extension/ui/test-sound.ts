import { type SpeakerSettings } from '../messaging/voice-settings.ts'

/** A fifth, rising: hard to miss and easy to bear, Hz. */
export const TEST_NOTES_HZ = [440, 660]
const NOTE_S = 0.35
/** −14 dB: as loud as speech. */
const PEAK = 0.2

/**
 * Plays two notes.
 *
 * @param speaker where, and how loud; the system's choice at full volume when absent
 * @returns whether the browser played them; whether anybody heard them it cannot know
 */
export async function playTestSound(
  speaker: Pick<SpeakerSettings, 'deviceId' | 'volume'> = { deviceId: '', volume: 1 },
): Promise<boolean> {
  const context = new AudioContext()
  try {
    await context.setSinkId(speaker.deviceId)
    await context.resume()
    const output = new GainNode(context, { gain: speaker.volume })
    output.connect(context.destination)
    const last = TEST_NOTES_HZ.map((hz, index) =>
      scheduleNote(output, hz, context.currentTime + 0.05 + index * NOTE_S),
    ).at(-1)
    await new Promise((resolve) => last?.addEventListener('ended', resolve, { once: true }))
    return true
  } catch {
    return false
  } finally {
    await context.close()
  }
}

function scheduleNote(output: AudioNode, hz: number, startS: number): OscillatorNode {
  const { context } = output
  const note = new OscillatorNode(context, { frequency: hz })
  const gain = new GainNode(context, { gain: 0 })
  gain.gain.setValueAtTime(0, startS)
  gain.gain.linearRampToValueAtTime(PEAK, startS + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.001, startS + NOTE_S)
  note.connect(gain).connect(output)
  note.start(startS)
  note.stop(startS + NOTE_S)
  return note
}
