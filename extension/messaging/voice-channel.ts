import { type LeftOff } from '../speaker/playback-messages.ts'
import { type SightSource } from './voice-settings.ts'
import { type VoiceState } from './voice-state.ts'

/**
 * The stream between the offscreen document and the side panel: a BroadcastChannel, binary, at most 3 ms, wakes nobody.
 * Commands travel by `messages.ts` instead, because they may have to wake the service worker.
 */
export const VOICE_CHANNEL_NAME = 'aside-voice'

/** Fields of the setup, by when they count (docs/protocol.md §2.2, `session.updated`). */
export interface SettingsTaken {
  /** At once. */
  readonly applied: readonly string[]
  /** From the next pause on. */
  readonly deferred: readonly string[]
  readonly refused: readonly { readonly field: string; readonly reason: string }[]
  /** From the next conversation on. */
  readonly later: readonly string[]
}

export type VoiceChannelMessage =
  // offscreen → panel
  | { readonly type: 'state'; readonly state: VoiceState }
  /** Levels 0–1 for the line: microphone and speech. At most 30 a second, only while a panel listens. */
  | { readonly type: 'level'; readonly microphone: number }
  /**
   * PCM16 24 kHz of `turn` for the panel of this window, and for no other; `positionMs` is the position of its first sample
   * in the turn.
   */
  | {
      readonly type: 'speech'
      readonly windowId: number
      readonly turn: number
      readonly positionMs: number
      readonly pcm: ArrayBuffer
    }
  /** No more speech will come for this turn. */
  | { readonly type: 'speech-end'; readonly windowId: number; readonly turn: number }
  /** Fall silent now; travels the same way as the speech, so nothing can overtake it. */
  | { readonly type: 'interrupted'; readonly turn: number }
  /** What is being shared, as sent: JPEG. A camera's is shown mirrored, since people know themselves so. */
  | { readonly type: 'preview'; readonly source: SightSource; readonly jpeg: ArrayBuffer }
  /** What became of settings that were changed while the conversation goes on. */
  | ({ readonly type: 'settings-taken' } & SettingsTaken)
  // panel → offscreen
  /** The panel of this window is here and can play; it asks for the state. `takesOver`: it is the one that is to play now. */
  | { readonly type: 'panel-open'; readonly windowId: number; readonly takesOver: boolean }
  /** It goes away. `left`: how far it was heard, if it was the one that plays. */
  | { readonly type: 'panel-close'; readonly windowId: number; readonly left?: LeftOff }
  /** Another panel is to play: this one stopped exactly there. */
  | ({ readonly type: 'left'; readonly windowId: number } & LeftOff)
  /** Milliseconds of `turn` that reached the speaker; five times a second while speaking, at the end, and when cut. */
  | { readonly type: 'played'; readonly turn: number; readonly playedMs: number; readonly ended: boolean }

/** Opens the channel; it closes with the signal. Messages are our own pages' only, so they are typed, not parsed. */
export function openVoiceChannel(
  onMessage: (message: VoiceChannelMessage) => void,
  signal: AbortSignal,
): (message: VoiceChannelMessage) => void {
  const channel = new BroadcastChannel(VOICE_CHANNEL_NAME)
  channel.addEventListener('message', (event: MessageEvent<VoiceChannelMessage>) => onMessage(event.data))
  signal.addEventListener('abort', () => channel.close(), { once: true })
  return (message) => {
    if (!signal.aborted) channel.postMessage(message)
  }
}
