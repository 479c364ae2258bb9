/** Name under which `playback-processor.ts` is registered. */
export const PLAYBACK_PROCESSOR = 'aside-playback'

/** Name under which `speech-tap-processor.ts` is registered. */
export const SPEECH_TAP_PROCESSOR = 'aside-speech-tap'

/** From the page to the audio thread, in order. */
export type PlaybackCommand =
  | { readonly type: 'play'; readonly turn: number; readonly positionMs: number; readonly pcm: ArrayBuffer }
  | { readonly type: 'end'; readonly turn: number }
  | { readonly type: 'interrupt'; readonly turn: number }
  /** Another page goes on: fall silent at the next pause between words and forget what is left. */
  | { readonly type: 'leave' }

/** How far a turn was heard. */
export interface Played {
  readonly turn: number
  /** Position in the turn after the last sample that went to the output, ms. */
  readonly playedMs: number
  /** Nothing more of this turn will be played. */
  readonly ended: boolean
}

/** Where a page stopped that plays no more: exactly there another one goes on. */
export type LeftOff = Omit<Played, 'ended'>

/** From the audio thread to the page. */
export type PlaybackReport =
  /** `atFrame`: the frame of the context before which that was reached. */
  ({ readonly type: 'played'; readonly atFrame: number } & Played) | ({ readonly type: 'left' } & LeftOff)
