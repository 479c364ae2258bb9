/** Name under which `playback-processor.ts` is registered. */
export const PLAYBACK_PROCESSOR = 'aside-playback'

/** Name under which `speech-tap-processor.ts` is registered. */
export const SPEECH_TAP_PROCESSOR = 'aside-speech-tap'

/** From the page to the audio thread, in order. */
export type PlaybackCommand =
  | { readonly type: 'play'; readonly turn: number; readonly positionMs: number; readonly pcm: ArrayBuffer }
  | { readonly type: 'end'; readonly turn: number }
  | { readonly type: 'interrupt'; readonly turn: number }

/** From the audio thread to the page: how far a turn was heard. */
export interface Played {
  readonly turn: number
  /** Position in the turn after the last sample that went to the output, ms. */
  readonly playedMs: number
  /** Nothing more of this turn will be played. */
  readonly ended: boolean
}
