import { computed, type ComputedRef, type Ref, type ShallowRef, shallowReadonly, shallowRef } from 'vue'
import { openVoiceChannel, type SettingsTaken, type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { IDLE_VOICE_STATE, type VoiceState } from '../messaging/voice-state.ts'
import { useLifetime } from './use-lifetime.ts'
import { usePanelWindow } from './use-panel-window.ts'
import { type SentPreview, usePreview } from './use-preview.ts'
import { useSpeaker } from './use-speaker.ts'
import { type VoiceView, voiceView } from './voice-view.ts'

/** The microphone's level comes 30 times a second; older than this it is no longer true, ms. */
const LEVEL_VALID_MS = 250

export interface Voice {
  readonly state: Readonly<ShallowRef<VoiceState>>
  readonly view: ComputedRef<VoiceView>
  /** The newest picture that was sent. */
  readonly preview: Readonly<ShallowRef<SentPreview | undefined>>
  /** Another window's panel plays, and this one does not. */
  readonly elsewhere: ComputedRef<boolean>
  /** The window of this panel, as soon as Chrome has told. */
  readonly windowId: Readonly<Ref<number | undefined>>
  readonly soundBlocked: Readonly<Ref<boolean>>
  /** The speaker that the person chose is not there; the system's is used. */
  readonly speakerMissing: Readonly<Ref<boolean>>
  /** What the line shows now: the microphone's loudness, or the speech's while it sounds; 0–1. */
  level(): number
  /** Makes this the panel that plays. */
  takeBack(): void
  /** Falls silent at once; the relay hears of it by `stopSpeech`. */
  silence(): void
  resumeSound(): void
}

/**
 * This panel's end of the conversation: it shows the state, plays the speech and says how much of it was heard.
 *
 * @param onSettings what became of settings that were changed meanwhile
 */
export function useVoice(onSettings: (taken: SettingsTaken) => void): Voice {
  const lifetime = useLifetime()
  const state = shallowRef<VoiceState>(IDLE_VOICE_STATE)
  const elsewhere = computed(() => isElsewhere(state.value, panel.id.value))
  const preview = usePreview()
  const microphone = createFreshLevel()
  const speaker = useSpeaker({
    onPlayed: (turn, playedMs, ended) => send({ type: 'played', turn, playedMs, ended }),
    onLeft(left) {
      if (panel.id.value !== undefined) send({ type: 'left', windowId: panel.id.value, ...left })
      // The person may have come back here meanwhile.
      takeState(state.value)
    },
  })
  const view = computed(() => voiceView(state.value, speaker.sound.value))
  const plays = () => panel.id.value !== undefined && !elsewhere.value

  const takeState = (next: VoiceState) => {
    const before = state.value.status.name
    const after = next.status.name
    state.value = next
    const talking = after !== 'idle' && after !== 'error'
    if (talking && plays()) speaker.open()
    else if (talking) speaker.leave()
    else speaker.close()
    if (after === 'speaking' && before !== 'speaking') speaker.expect()
    if (next.sharing.source === undefined) preview.clear()
    // An offscreen document that has just come up has not heard who is here.
    if (after === 'connecting' && before !== 'connecting') panel.announce(false)
  }

  const take = (message: VoiceChannelMessage) => {
    if ('windowId' in message && message.windowId !== panel.id.value) return
    switch (message.type) {
      case 'state':
        takeState(message.state)
        break
      case 'level':
        microphone.take(message.microphone)
        break
      case 'speech':
        speaker.play(message.turn, message.positionMs, message.pcm)
        break
      case 'speech-end':
        speaker.end(message.turn)
        break
      case 'interrupted':
        speaker.interrupt(message.turn)
        break
      case 'preview':
        preview.show(message)
        break
      case 'settings-taken':
        onSettings(message)
        break
      default: // Another panel's.
    }
  }
  const send = openVoiceChannel(take, lifetime)
  const panel = usePanelWindow(send, () => speaker.breakOff(), lifetime)

  return {
    state: shallowReadonly(state),
    view,
    preview: preview.picture,
    elsewhere,
    windowId: panel.id,
    soundBlocked: speaker.blocked,
    speakerMissing: speaker.deviceMissing,
    level: () => (view.value.name === 'speaking' ? speaker.level() : microphone.now()),
    takeBack: () => panel.announce(true),
    silence: () => speaker.silence(),
    resumeSound: () => speaker.resume(),
  }
}

/** Whether the panel of another window plays. */
function isElsewhere({ panelWindow }: VoiceState, own: number | undefined): boolean {
  return panelWindow !== undefined && panelWindow !== own
}

/** The newest of a stream of levels, or 0 once the stream has dried up. */
function createFreshLevel(): { take(level: number): void; now(): number } {
  const newest = { level: 0, atMs: 0 }
  return {
    take(level) {
      newest.level = level
      newest.atMs = performance.now()
    },
    now: () => (performance.now() - newest.atMs < LEVEL_VALID_MS ? newest.level : 0),
  }
}
