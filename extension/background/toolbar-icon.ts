import { browser } from 'wxt/browser'
import { i18n } from '#i18n'
import { iconChoice } from './icon-choice.ts'
import { drawIcon } from './icon-drawing.ts'
import { type ShownStatus } from '../messaging/messages.ts'

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
    browser.action.setTitle({ title: `${i18n.t('extension.name')} · ${i18n.t(`shape.${choice.shape}`)}${sight}` }),
  ])
}
