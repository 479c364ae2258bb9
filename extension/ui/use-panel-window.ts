import { readonly, ref, type Ref } from 'vue'
import { browser } from 'wxt/browser'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type LeftOff } from '../speaker/playback-messages.ts'

export interface PanelWindow {
  /** The window of this panel, as soon as Chrome has told. */
  readonly id: Readonly<Ref<number | undefined>>
  /** Tells the conversation that this panel is here. @param takesOver and that it is the one that is to play */
  announce(takesOver: boolean): void
}

/**
 * Tells the conversation which window's panel is here, and when it is gone.
 *
 * @param breakOff falls silent because the page goes away, and says how far it was heard
 */
export function usePanelWindow(
  send: (message: VoiceChannelMessage) => void,
  breakOff: () => LeftOff | undefined,
  lifetime: AbortSignal,
): PanelWindow {
  const id = ref<number>()
  const announce = (takesOver: boolean) => {
    if (id.value !== undefined) send({ type: 'panel-open', windowId: id.value, takesOver })
  }
  const leave = () => {
    const left = breakOff()
    if (id.value !== undefined) send({ type: 'panel-close', windowId: id.value, ...(left && { left }) })
  }
  addEventListener('pagehide', leave, { signal: lifetime })
  void browser.windows.getCurrent().then((window) => {
    id.value = window.id
    announce(true)
  })
  return { id: readonly(id), announce }
}
