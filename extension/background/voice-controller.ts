import { browser } from 'wxt/browser'
import { BROWSER_TOOLS } from '../browser-tools/catalogue.ts'
import { sendMessage, type VoiceStart } from '../messaging/messages.ts'
import { readSettings } from '../settings/settings.ts'
import { clickChoice } from './click-choice.ts'
import { readFrontPage } from './front-page.ts'
import { ensureOffscreenDocument } from './offscreen-document.ts'
import { isPanelOpen } from './panel-windows.ts'
import { voiceSettingsOf } from './voice-settings.ts'
import { isActive, readVoiceStatus } from './voice-status.ts'

/**
 * A click on the toolbar icon, or the shortcut. Nothing may be awaited before `open`: Chrome opens a panel only while the
 * click is being handled.
 */
export function iconClicked(windowId: number): void {
  // Asked first: the answer must not count the panel that this click opens.
  const panelWasOpen = isPanelOpen(windowId)
  void browser.sidePanel.open({ windowId })
  void panelWasOpen.then(async (wasOpen) => {
    const choice = clickChoice(isActive(await readVoiceStatus()), wasOpen)
    if (choice === 'start') await startVoice()
    else if (choice === 'stop') await sendMessage('stopVoice')
  })
}

/** The round button of a page: starts or stops. */
export async function toggleVoice(): Promise<void> {
  if (isActive(await readVoiceStatus())) await sendMessage('stopVoice')
  else await startVoice()
}

async function startVoice(): Promise<void> {
  const [start] = await Promise.all([makeStart(), ensureOffscreenDocument()])
  await sendMessage('startVoice', start)
}

async function makeStart(): Promise<VoiceStart> {
  const [settings, page] = await Promise.all([readSettings(), readFrontPage()])
  const voice = voiceSettingsOf(settings)
  return {
    ...voice,
    setup: { ...voice.setup, browserTools: BROWSER_TOOLS.map(({ declaration }) => declaration) },
    extensionVersion: browser.runtime.getManifest().version,
    ...(page === undefined ? {} : { page }),
  }
}
