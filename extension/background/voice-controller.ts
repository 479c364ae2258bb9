import { browser } from 'wxt/browser'
import { BROWSER_TOOLS } from '../browser-tools/catalogue.ts'
import { sendMessage, type VoiceStart } from '../messaging/messages.ts'
import { type Settings } from '../settings/settings-schema.ts'
import { readSettings } from '../settings/settings.ts'
import { clickChoice } from './click-choice.ts'
import { readFrontPage } from './front-page.ts'
import { ensureOffscreenDocument, hasOffscreenDocument } from './offscreen-document.ts'
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
    const status = await readVoiceStatus()
    switch (clickChoice(isActive(status), status.panelWindow, { id: windowId, panelWasOpen: wasOpen })) {
      case 'start':
        return startVoice(windowId)
      case 'stop':
        return sendMessage('stopVoice')
      case 'take-over':
        return sendMessage('talkHere', windowId)
      // The panel that opens says itself that it is here.
      case 'open':
    }
  })
}

/** The round button of a page: starts or stops. @param windowId the window of that page */
export async function toggleVoice(windowId: number | undefined): Promise<void> {
  if (isActive(await readVoiceStatus())) await sendMessage('stopVoice')
  else await startVoice(windowId)
}

/** A shortcut other than the icon's (`commands` of the manifest); without a conversation it does nothing. */
export async function commandGiven(command: string): Promise<void> {
  if (!isActive(await readVoiceStatus())) return
  if (command === 'toggle-mute') await sendMessage('toggleMuted')
  else if (command === 'stop-speech') await sendMessage('stopSpeech')
}

/** A setting changed: the conversation hears of it, also one that is paused. */
export async function tellSettings(settings: Settings): Promise<void> {
  if (await hasOffscreenDocument()) await sendMessage('applySettings', voiceSettingsOf(settings))
}

async function startVoice(windowId: number | undefined): Promise<void> {
  const [start] = await Promise.all([makeStart(), ensureOffscreenDocument()])
  await sendMessage('startVoice', windowId === undefined ? start : { ...start, panelWindow: windowId })
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
