import { type ShownStatus } from '../messaging/messages.ts'
import { type VoiceState } from '../messaging/voice-state.ts'

/** Has the toolbar icon show the state, when what it shows changed: every call wakes the service worker. */
export class StatusIcon {
  readonly #show: (state: VoiceState) => Promise<void>
  #shown = ''

  constructor(show: (state: VoiceState) => Promise<void>) {
    this.#show = show
  }

  show(state: VoiceState): void {
    const shown = JSON.stringify(shownStatusOf(state))
    if (shown === this.#shown) return
    this.#shown = shown
    void this.#show(state)
  }
}

/** What the icon shows of a state, and what a click on it has to know. */
export function shownStatusOf({ status, muted, talk, sharing, panelWindow }: VoiceState): ShownStatus {
  return {
    name: status.name,
    muted: muted && !talk.held,
    sharing: sharing.source !== undefined,
    waitsForHold: talk.mode === 'hold' && !talk.held,
    ...(panelWindow === undefined ? {} : { panelWindow }),
  }
}
