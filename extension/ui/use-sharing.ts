import { readonly, ref, type Ref } from 'vue'
import { i18n } from '#i18n'
import { browser } from 'wxt/browser'
import { type SightRequest } from '../messaging/messages.ts'
import { type SightSource } from '../messaging/voice-settings.ts'
import { pickRegion, pressInRegion } from './pick-region.ts'
import { useLifetime } from './use-lifetime.ts'

export interface Sharing {
  /** A frame is being drawn on the page. */
  readonly drawing: Readonly<Ref<boolean>>
  /** Shows this, in the tab that is in front in this window. */
  share(source: SightSource): Promise<void>
  /** Shows again what was shown last. */
  again(): Promise<void>
  stop(): Promise<void>
  /** Draws no frame after all. */
  cancel(): void
}

export interface SharingCommands {
  share(request: SightRequest): Promise<void>
  stopSharing(): Promise<void>
}

/** What a person does to let Aside see something. */
export function useSharing(commands: SharingCommands): Sharing {
  const lifetime = useLifetime()
  const drawing = ref(false)
  let drawnTab: number | undefined
  let newest: SightSource = 'tab'

  const press = (key: string, shift: boolean) => {
    // The page may have gone away; then the frame has, too.
    if (drawnTab !== undefined) pressInRegion(drawnTab, key, shift).catch(() => undefined)
  }
  const cancel = () => press('Escape', false)

  async function share(source: SightSource): Promise<void> {
    newest = source
    if (source === 'camera' || source === 'screen') return commands.share({ source })
    const [tab] = await browser.tabs.query({ active: true, currentWindow: true })
    const tabId = tab?.id
    if (tabId === undefined) return undefined
    return source === 'tab' ? commands.share({ source, tabId }) : shareRegion(tabId)
  }

  async function shareRegion(tabId: number): Promise<void> {
    cancel()
    drawing.value = true
    drawnTab = tabId
    const region = await pickRegion(tabId, `${i18n.t('sharing.draw')} ${i18n.t('sharing.drawByKey')}`)
    drawing.value = false
    drawnTab = undefined
    if (region.name === 'picked') await commands.share({ source: 'region', tabId, area: region.area })
    // The answer to this says why.
    if (region.name === 'refused') await commands.share({ source: 'region', tabId })
  }

  // After a choice in the menu the focus is still here; what is pressed is meant for the frame on the page.
  addEventListener(
    'keydown',
    (event) => {
      if (!drawing.value || !/^(Arrow\w+|Enter|Escape)$/.test(event.key)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      press(event.key, event.shiftKey)
    },
    { signal: lifetime, capture: true },
  )
  addEventListener('pagehide', cancel, { signal: lifetime })

  return {
    drawing: readonly(drawing),
    share,
    again: () => share(newest),
    stop: () => commands.stopSharing(),
    cancel,
  }
}
