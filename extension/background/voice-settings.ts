import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { type Settings } from '../settings/settings-schema.ts'

const MINUTE_MS = 60_000

/** What the offscreen document has to know of the settings. Pure. */
export function voiceSettingsOf(settings: Settings): VoiceSettings {
  const { keepTalking, talk, microphone, speaker, sight } = settings
  return {
    setup: setupOf(settings),
    keepTalking,
    talk: { mode: talk.mode, idlePauseMs: talk.idlePauseMinutes * MINUTE_MS, sounds: talk.sounds },
    microphone,
    speaker,
    sight: { width: sight.width, quality: sight.quality, pace: sight.pace },
  }
}

/** Names only what a person chose: everything else is the relay's to decide. */
function setupOf({ talk, voice, sight, temporary }: Settings): SessionSetup {
  const { model, name, language, persona, brevity, temperature, affective, proactive } = voice
  return {
    captions: { input: true, output: true },
    turnTaking: {
      mode: talk.mode === 'hold' ? 'manual' : 'auto',
      silenceMs: Math.round(talk.silenceMs),
      interruptible: talk.interruptible,
    },
    brevity,
    ...(model === '' ? {} : { model }),
    ...(name === '' ? {} : { voice: name }),
    ...(language === '' ? {} : { language }),
    ...(persona === '' ? {} : { persona }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(affective ? { affective } : {}),
    ...(proactive ? { proactive } : {}),
    ...(sight.detail === undefined ? {} : { mediaResolution: sight.detail }),
    ...(temporary ? { temporary } : {}),
  }
}
