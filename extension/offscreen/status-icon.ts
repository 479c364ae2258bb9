import { type VoiceState } from '../messaging/voice-state.ts'

/** Has the toolbar icon show the state, when what it shows changed: every call wakes the service worker. */
export class StatusIcon {
  readonly #show: (state: VoiceState) => Promise<void>
  #shown = ''

  constructor(show: (state: VoiceState) => Promise<void>) {
    this.#show = show
  }

  show(state: VoiceState): void {
    const shown = `${state.status.name} ${state.muted} ${state.sharing.source}`
    if (shown === this.#shown) return
    this.#shown = shown
    void this.#show(state)
  }
}
