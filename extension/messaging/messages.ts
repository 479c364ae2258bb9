import { defineExtensionMessaging } from '@webext-core/messaging'
import { type ConversationList, type ConversationText } from '../../shared/client/conversation-requests.ts'
import { type Ticket } from '../../shared/client/relay-client.ts'
import { type VoicePreview } from '../../shared/client/voice-preview.ts'
import { type RelayInfo } from '../../shared/protocol/relay-info.ts'
import { type VoiceStatus } from './voice-state.ts'
import { type SightSource, type VoiceSettings } from './voice-settings.ts'

/** An expected failure that crosses a message: the code chooses the sentence shown. */
export type Answer<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly code: string; readonly message: string }

/** What the offscreen document needs to open a conversation. */
export interface VoiceStart extends VoiceSettings {
  readonly extensionVersion: string
  /** The page in front, where Chrome lets us know it. */
  readonly page?: PageInFront
  /** The window in which it was started: its panel plays. */
  readonly panelWindow?: number
}

/** The page in front, as the model may be told about it. */
export interface PageInFront {
  readonly title: string
  readonly url: string
}

/** A part of a picture: fractions of its width and height, 0–1. */
export interface PictureArea {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What a person wants to show. `area` is the part of the tab that is shown, for `region` only. */
export interface SightRequest {
  readonly source: SightSource
  readonly area?: PictureArea
  /** The tab, for `tab` and `region`; absent: the one in front. */
  readonly tabId?: number
}

export interface PageSnapshot {
  /** `data:image/png;base64,…` or jpeg, as the browser captured it: not masked yet. */
  readonly dataUrl: string
  readonly tabId: number
  readonly url: string
  /** Password and payment fields, and frames that cannot be looked into: to be covered before anything is encoded. */
  readonly secrets: readonly PictureArea[]
  /** Size of the page the areas are measured in, screen pixels. */
  readonly viewport: { readonly width: number; readonly height: number }
}

/** Who answers at a relay's address. */
export interface RelayFound {
  readonly name: string
  readonly version: string
  readonly brain: string
  /** What can be chosen there; the first is what one gets without a wish. A relay may not say. */
  readonly models: RelayInfo['models']
  readonly engine: string
  /** From asking to the answer, ms. */
  readonly ms: number
  /** How a browser gets in: by itself, with a code, or by signing in at an issuer. */
  readonly pairing: 'local' | 'code' | 'oidc'
  readonly oidc?: { readonly issuer: string; readonly clientId: string }
  /** The name of the user this browser is there, if it is somebody. */
  readonly signedInAs?: string
}

/** A conversation and the relay that keeps it. */
export interface ConversationAt {
  readonly url: string
  readonly id: string
}

/** What the toolbar icon shows, and what a click on it has to know. */
export interface ShownStatus {
  readonly name: VoiceStatus['name']
  readonly muted: boolean
  readonly sharing: boolean
  /** Hold-to-talk, and not held: nothing is heard. */
  readonly waitsForHold: boolean
  /** The window whose panel plays. */
  readonly panelWindow?: number
}

/** Commands between the extension's own pages. Streams (captions, levels, speech) use `voice-channel.ts`. */
export interface ExtensionMessages {
  // panel, welcome → background
  /** Starts or stops a conversation; `windowId` is the window of the page that asks. */
  toggleVoice(windowId: number | undefined): void
  // background → offscreen
  startVoice(start: VoiceStart): void
  stopVoice(): void
  /** Another page came to the front, or one Chrome tells nothing about. */
  setPage(page: PageInFront | undefined): void
  /** A setting changed: what a running conversation can take at once, it takes. */
  applySettings(settings: VoiceSettings): void
  /** The panel of this window is the one that plays now. */
  talkHere(windowId: number): void
  /** Mutes or unmutes; with hold-to-talk it begins to talk, or has said it. */
  toggleMuted(): void
  // panel → offscreen
  setMuted(muted: boolean): void
  /** Hold-to-talk: pressed (`true`) and let go (`false`). */
  hold(held: boolean): void
  /** Says the answer of a turn again; `key` is that of its `CaptionTurn`. False: its sound is not kept any more. */
  playAgain(key: string): boolean
  stopSpeech(): void
  sendText(text: string): void
  /** Starts to show something; what was shown before is shown no longer. */
  share(request: SightRequest): void
  stopSharing(): void
  // offscreen → background
  /** A ticket; `resume` is the conversation it is to go on with. */
  getTicket(request: { readonly resume?: string }): Answer<Ticket>
  /** Takes a picture of the tab in front, of `tabId` only where that is given. */
  captureTab(request: { readonly tabId?: number }): Answer<PageSnapshot>
  /** Whether a picture of this tab could be taken now; none is. */
  checkTab(request: { readonly tabId: number }): Answer<{ readonly url: string }>
  /** Runs one browser tool; answered within the tool's own time-out. */
  runTool(call: {
    readonly name: string
    readonly args: Readonly<Record<string, unknown>>
  }): Answer<Record<string, unknown>>
  /** What the icon shows. */
  showStatus(shown: ShownStatus): void
  // options, welcome → background
  testRelay(url: string): Answer<RelayFound>
  /** A short sentence as the brain says it: a WAV file, base64. */
  previewVoice(preview: VoicePreview): Answer<string>
  /** Each answers the name of the user; `url` is the relay's. */
  pairByCode(request: { readonly url: string; readonly code: string }): Answer<string>
  signIn(request: { readonly url: string; readonly oidc: NonNullable<RelayFound['oidc']> }): Answer<string>
  /** A failure: signed out here, but the relay could not be told. */
  signOut(url: string): Answer<undefined>
  // records → background; `url` is the relay's
  listConversations(request: {
    readonly url: string
    readonly query?: string
    readonly before?: string
  }): Answer<ConversationList>
  readConversation(request: ConversationAt): Answer<ConversationText>
  conversationMarkdown(request: ConversationAt): Answer<string>
  /** From the panel too: the conversation it shows ends with it. */
  deleteConversation(request: ConversationAt): Answer<undefined>
  /** Every conversation and sum that this relay keeps of this user. */
  deleteMyData(url: string): Answer<undefined>
  // panel → offscreen
  /** Ends the conversation and forgets its words and pictures here. @returns where the relay has it, if there was one */
  forgetConversation(): ConversationAt | undefined
}

export const { sendMessage, onMessage } = defineExtensionMessaging<ExtensionMessages>()
