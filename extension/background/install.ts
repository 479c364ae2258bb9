import { browser } from 'wxt/browser'

/** A new person is shown what is heard and seen, and grants the microphone there: the side panel itself may not ask. */
export async function welcome(reason: string): Promise<void> {
  if (reason === 'install') await browser.tabs.create({ url: browser.runtime.getURL('/welcome.html') })
}

/** What holds for every start of the service worker; repeating it changes nothing. */
export async function prepareBrowser(): Promise<void> {
  // Were the panel opened by Chrome itself, a click would not let us see the page (activeTab).
  await browser.sidePanel.setPanelBehavior({ openPanelOnActionClick: false })
  // Content scripts have no business in the storage: it holds the relay's tokens.
  await browser.storage.local.setAccessLevel({ accessLevel: 'TRUSTED_CONTEXTS' })
  await browser.storage.session.setAccessLevel({ accessLevel: 'TRUSTED_CONTEXTS' })
}
