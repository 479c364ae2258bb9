import { browser } from 'wxt/browser'
import { i18n } from '#i18n'
import { type IconChoice, iconChoice } from './icon-choice.ts'
import { drawIcon } from './icon-drawing.ts'
import { type ShownStatus } from '../messaging/messages.ts'
import { IDLE_STATUS, isLeftOver, keepVoiceStatus } from './voice-status.ts'

/** The badge's ground: ink, so that its letters are read on any toolbar. */
const BADGE_COLOUR = '#1D1B18'

/** Shows the state on the toolbar: by shape, by a word on the badge and by the words under the pointer. */
export async function showToolbarIcon(status: ShownStatus): Promise<void> {
  const choice = iconChoice(status)
  const sight = choice.eye ? ` · ${i18n.t('sharing.sees')}` : ''
  await Promise.all([
    browser.action.setIcon({ imageData: drawIcon(choice) }),
    browser.action.setBadgeText({ text: choice.badge }),
    browser.action.setBadgeBackgroundColor({ color: BADGE_COLOUR }),
    browser.action.setTitle({
      title: `${i18n.t('extension.name')} · ${i18n.t(`shape.${nameOf(status, choice)}`)}${sight}`,
    }),
  ])
}

function nameOf({ waitsForHold }: ShownStatus, { shape }: IconChoice): IconChoice['shape'] | 'hold' {
  return waitsForHold && shape === 'muted' ? 'hold' : shape
}

/** Takes back what the icon says of a conversation whose document is gone: Chrome closed it, and that is told to nobody. */
export async function tidyToolbarIcon(): Promise<void> {
  if (!(await isLeftOver())) return
  await keepVoiceStatus(IDLE_STATUS)
  await showToolbarIcon(IDLE_STATUS)
}
