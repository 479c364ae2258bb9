import { browser } from 'wxt/browser'
import { defineBackground } from 'wxt/utils/define-background'
import { tellFrontPage } from '../../background/front-page.ts'
import { prepareBrowser, welcome } from '../../background/install.ts'
import { frontPage } from '../../background/page-access.ts'
import { getTicket, pairWith, signOut, testRelay } from '../../background/relay-account.ts'
import {
  conversationMarkdown,
  deleteConversation,
  deleteMyData,
  listConversations,
  readConversation,
} from '../../background/relay-history.ts'
import { signInWith } from '../../background/relay-sign-in.ts'
import { watchPanelWindows } from '../../background/panel-windows.ts'
import { captureTab, checkTab } from '../../background/tab-capture.ts'
import { runTool } from '../../background/tool-dispatcher.ts'
import { showToolbarIcon, tidyToolbarIcon } from '../../background/toolbar-icon.ts'
import { commandGiven, iconClicked, tellSettings, toggleVoice } from '../../background/voice-controller.ts'
import { previewVoice } from '../../background/voice-preview.ts'
import { keepVoiceStatus } from '../../background/voice-status.ts'
import { answerMessage } from '../../messaging/answer-message.ts'
import { readSettings, watchSettings } from '../../settings/settings.ts'

export default defineBackground(() => {
  void prepareBrowser()
  watchPanelWindows()
  browser.runtime.onInstalled.addListener(({ reason }) => void welcome(reason))
  browser.action.onClicked.addListener((tab) => iconClicked(tab.windowId))
  browser.commands.onCommand.addListener((command) => void commandGiven(command))
  watchSettings((settings) => void tellSettings(settings), new AbortController().signal)
  void tidyToolbarIcon()
  browser.tabs.onActivated.addListener(() => {
    void tellFrontPage()
    void tidyToolbarIcon()
  })
  browser.tabs.onUpdated.addListener((_tabId, { status, title }, { active }) => {
    // Chrome hides the address and title of a page it does not let us see; that it loads another one is never hidden.
    if (active && (status !== undefined || title !== undefined)) void tellFrontPage()
  })

  answerMessage('toggleVoice', ['sidepanel', 'welcome'], toggleVoice)
  answerMessage('testRelay', ['options', 'welcome'], testRelay)
  answerMessage('previewVoice', ['options'], async (wish) => previewVoice((await readSettings()).relayUrl, wish))
  answerMessage('pairByCode', ['options', 'welcome'], ({ url, code }) => pairWith(url, { code }))
  answerMessage('signIn', ['options', 'welcome'], ({ url, oidc }) => signInWith(url, oidc))
  answerMessage('signOut', ['options', 'welcome'], signOut)
  answerMessage('listConversations', ['records'], listConversations)
  answerMessage('readConversation', ['records'], readConversation)
  answerMessage('conversationMarkdown', ['records'], conversationMarkdown)
  answerMessage('deleteConversation', ['records', 'sidepanel'], deleteConversation)
  answerMessage('deleteMyData', ['records'], deleteMyData)
  answerMessage('getTicket', ['offscreen'], async ({ resume }) => getTicket((await readSettings()).relayUrl, resume))
  answerMessage('captureTab', ['offscreen'], ({ tabId }) => captureTab(tabId))
  answerMessage('checkTab', ['offscreen'], ({ tabId }) => checkTab(tabId))
  answerMessage('runTool', ['offscreen'], (call) => runTool(call, frontPage))
  answerMessage('showStatus', ['offscreen'], async (status) => {
    await Promise.all([keepVoiceStatus(status), showToolbarIcon(status)])
  })
})
