import { type Browser } from 'wxt/browser'

declare global {
  /** `@webext-core/messaging` names Chrome's types without bringing them; WXT has the same ones under another name. */
  namespace chrome.runtime {
    type MessageSender = Browser.runtime.MessageSender
  }
}
