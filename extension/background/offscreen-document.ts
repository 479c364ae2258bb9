import { browser } from 'wxt/browser'

const OFFSCREEN_PAGE = '/offscreen.html'

/**
 * Makes sure that the offscreen document is there and listens. Chrome allows one: two clicks at once must not make two.
 *
 * Reasons: USER_MEDIA keeps it alive; with AUDIO_PLAYBACK alone Chrome closes it after 30 s without sound.
 */
export function ensureOffscreenDocument(): Promise<void> {
  return navigator.locks.request('aside-offscreen-document', async () => {
    if (await hasOffscreenDocument()) return
    await browser.offscreen.createDocument({
      url: OFFSCREEN_PAGE,
      reasons: ['USER_MEDIA', 'AUDIO_PLAYBACK'],
      justification:
        'Listens to the microphone during a conversation and plays the answers when the side panel is closed.',
    })
  })
}

export async function hasOffscreenDocument(): Promise<boolean> {
  return (await browser.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] })).length > 0
}
