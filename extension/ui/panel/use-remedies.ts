import { browser } from 'wxt/browser'
import { type Remedy } from '../problem-notice.ts'
import { askForSite, EVERY_SITE } from '../site-access.ts'
import { type Sharing } from '../use-sharing.ts'
import { type Voice } from '../use-voice.ts'
import { type VoiceCommands } from '../use-voice-commands.ts'

export interface Remedies {
  apply(remedy: Remedy): Promise<void>
  openOptions(): Promise<void>
  openWelcome(): Promise<void>
  openHistory(): Promise<void>
}

/** What the buttons of notices do: every trouble leads to the exact step that mends it. */
export function useRemedies(voice: Voice, commands: VoiceCommands, sharing: Sharing): Remedies {
  return {
    openOptions: () => openPage('/options.html'),
    openWelcome: () => openPage('/welcome.html'),
    openHistory: () => openPage('/records.html'),
    async apply(remedy) {
      switch (remedy) {
        case 'open-microphone-step':
          return openPage('/welcome.html#microphone')
        case 'open-connection':
          return openPage('/options.html#connection')
        case 'start-again':
          return commands.toggle()
        case 'repeat-command':
          return commands.again()
        case 'take-back':
          voice.takeBack()
          break
        case 'allow-sound':
          voice.resumeSound()
          break
        case 'share-again':
          return sharing.again()
        case 'open-sight':
          return openPage('/options.html#sight')
        case 'open-camera-step':
          return openPage('/welcome.html#camera')
        case 'allow-tabs':
          if (await askForSite(EVERY_SITE)) await sharing.again()
      }
    },
  }
}

async function openPage(path: `/${string}`): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL('/') + path.slice(1) })
}
