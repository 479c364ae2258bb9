import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { i18n } from '#i18n'
import { sendMessage } from '../../messaging/messages.ts'
import { type Settings } from '../../settings/settings-schema.ts'
import { playSpeech } from './play-speech.ts'

export interface PreviewStep {
  readonly busy: boolean
  readonly sentence: string
}

/** Lets a person hear a voice before they choose it. */
export function useVoicePreview(): {
  readonly step: Readonly<ShallowRef<PreviewStep>>
  readonly preview: (settings: Settings, voice: string) => Promise<void>
} {
  const step = shallowRef<PreviewStep>({ busy: false, sentence: '' })
  return {
    step: shallowReadonly(step),
    async preview(settings, voice) {
      step.value = { busy: true, sentence: i18n.t('options.voice.previewing') }
      const sample = await fetchSample(voice, settings.voice)
      if (!sample.ok) {
        step.value = { busy: false, sentence: i18n.t('options.voice.previewFailed', [sample.fault]) }
        return
      }
      step.value = { busy: true, sentence: i18n.t('options.voice.speaking') }
      const played = await playSpeech(sample.bytes, settings.speaker)
      const sentence = played ? i18n.t('options.voice.heard', [voice]) : i18n.t('options.voice.previewUnplayable')
      step.value = { busy: false, sentence }
    },
  }
}

type Sample =
  { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> } | { readonly ok: false; readonly fault: string }

async function fetchSample(voice: string, { model, language }: Settings['voice']): Promise<Sample> {
  try {
    const answer = await sendMessage('previewVoice', {
      voice,
      ...(model === '' ? {} : { model }),
      ...(language === '' ? {} : { language }),
    })
    if (!answer.ok) return { ok: false, fault: answer.message }
    return { ok: true, bytes: Uint8Array.from(atob(answer.value), (letter) => letter.charCodeAt(0)) }
  } catch {
    return { ok: false, fault: i18n.t('problem.commandLost') }
  }
}
