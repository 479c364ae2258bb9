import { floatToPcm16 } from '../../../shared/audio/pcm16.ts'
import { parseWav } from '../../../shared/audio/wav.ts'
import { type SpeakerSettings } from '../../messaging/voice-settings.ts'
import { createSpeaker } from '../../speaker/speaker.ts'

/** There is one turn: the sample. */
const TURN = 1

/**
 * Plays a short WAV file of 24 kHz as answers are played: on the chosen speaker, as loud as they are. It is heard even
 * where answers are only read: somebody asked for it.
 *
 * @returns true once it was played to its end; false when the file is none that can be played
 */
export async function playSpeech(file: Uint8Array, settings: SpeakerSettings): Promise<boolean> {
  const sound = parseWav(file)
  if (!sound.ok) return false
  const played = Promise.withResolvers<undefined>()
  const speaker = createSpeaker({ onPlayed: (_turn, _ms, ended) => ended && played.resolve(undefined) })
  speaker.use({ ...settings, captionsOnly: false })
  speaker.play(TURN, 0, floatToPcm16(sound.samples).buffer)
  speaker.end(TURN)
  await played.promise
  await speaker.close()
  return true
}
