import { readonly, ref, type Ref, type ShallowRef, watch } from 'vue'
import { sendMessage, type SightRequest } from '../messaging/messages.ts'
import { type VoiceState } from '../messaging/voice-state.ts'

/** Starting takes a second or two; after this a typed text is given back instead of being sent out of the blue, ms. */
const START_TIMEOUT_MS = 20_000

export interface VoiceCommands {
  /** A command found nobody to carry it out. */
  readonly lost: Readonly<Ref<boolean>>
  /** Tries the command again that was lost. */
  again(): Promise<void>
  toggle(): Promise<void>
  setMuted(muted: boolean): Promise<void>
  /** Hold-to-talk: pressed, or let go. */
  hold(held: boolean): Promise<void>
  stopSpeech(): Promise<void>
  /** Says the answer of a turn again. */
  playAgain(key: string): Promise<void>
  share(request: SightRequest): Promise<void>
  stopSharing(): Promise<void>
  /**
   * Says a text in the conversation, starting one when there is none.
   *
   * @returns whether it was handed over; if not, the text still belongs to the person
   */
  say(text: string): Promise<boolean>
}

/**
 * What a panel can ask the rest of the extension to do. A command that fails is shown, never thrown.
 *
 * @param windowId the window of this panel: a conversation that it starts is played there
 */
export function useVoiceCommands(
  state: Readonly<ShallowRef<VoiceState>>,
  windowId: Readonly<Ref<number | undefined>>,
): VoiceCommands {
  const lost = ref(false)
  let newest: () => Promise<unknown> = () => Promise.resolve()

  const carryOut = async (command: () => Promise<unknown>): Promise<boolean> => {
    newest = command
    try {
      await command()
      lost.value = false
    } catch {
      // The reason is of no use to the person; that nothing happened is, and the notice says it.
      lost.value = true
    }
    return !lost.value
  }

  const toggle = () => carryOut(() => sendMessage('toggleVoice', windowId.value))

  return {
    lost: readonly(lost),
    async again() {
      await carryOut(newest)
    },
    async toggle() {
      await toggle()
    },
    async setMuted(muted) {
      await carryOut(() => sendMessage('setMuted', muted))
    },
    async hold(held) {
      await carryOut(() => sendMessage('hold', held))
    },
    async stopSpeech() {
      await carryOut(() => sendMessage('stopSpeech'))
    },
    async playAgain(key) {
      await carryOut(() => sendMessage('playAgain', key))
    },
    async share(request) {
      await carryOut(() => sendMessage('share', request))
    },
    async stopSharing() {
      await carryOut(() => sendMessage('stopSharing'))
    },
    async say(text) {
      if (!isLive(state.value)) {
        if (state.value.status.name !== 'connecting' && !(await toggle())) return false
        if (!(await conversationStarted(state))) return false
      }
      return carryOut(() => sendMessage('sendText', text))
    },
  }
}

function isLive(state: VoiceState): boolean {
  const { name } = state.status
  return name !== 'idle' && name !== 'error' && name !== 'connecting'
}

/** Resolves true once there is a conversation, false when it failed or took too long. */
function conversationStarted(state: Readonly<ShallowRef<VoiceState>>): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (started: boolean) => {
      clearTimeout(timer)
      stop()
      resolve(started)
    }
    const timer = setTimeout(() => settle(false), START_TIMEOUT_MS)
    const stop = watch(state, (now) => {
      if (isLive(now)) settle(true)
      if (now.status.name === 'error') settle(false)
    })
  })
}
