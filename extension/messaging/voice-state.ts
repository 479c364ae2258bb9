/** What the user is to know at a glance; the icon, the talk button and the status line show exactly this. */
export type VoiceStatus =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  | { readonly name: 'listening' }
  | { readonly name: 'thinking' }
  | { readonly name: 'speaking' }
  | { readonly name: 'reconnecting' }
  /** `problem` chooses the sentence and the button that mends it. */
  | { readonly name: 'error'; readonly problem: VoiceProblem; readonly detail?: string }

export type VoiceProblem =
  | 'microphone-not-granted'
  | 'microphone-denied'
  | 'microphone-missing'
  | 'microphone-lost'
  | 'relay-unreachable'
  | 'relay-refused'
  | 'brain-unavailable'
  | 'superseded'
  | 'internal'

export interface SharingState {
  readonly tab: boolean
  /** Why sharing stopped or could not start, when it did. */
  readonly problem?: 'permission-needed' | 'page-not-capturable' | 'capture-failed'
}

/** The whole state of a conversation as every extension page may show it. */
export interface VoiceState {
  readonly status: VoiceStatus
  /** The microphone is captured and its frames are being sent: the indicator shows exactly this. */
  readonly microphoneOpen: boolean
  readonly muted: boolean
  readonly sharing: SharingState
  readonly turns: readonly CaptionTurn[]
  readonly brain?: { readonly kind: 'gemini' | 'local'; readonly model: string }
}

export interface CaptionTurn {
  /** Unique in the panel's list: the session's id and the turn. */
  readonly key: string
  readonly turn: number
  readonly user?: CaptionText
  readonly assistant?: CaptionText
  readonly tools: readonly ToolChip[]
}

export interface CaptionText {
  readonly text: string
  readonly final: boolean
  readonly interrupted: boolean
  /** Words said but cut off before they were heard; shown struck through. */
  readonly unheard?: string
}

export interface ToolChip {
  readonly callId: string
  readonly name: string
  readonly phase: 'asking' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly ms?: number
}

export const IDLE_VOICE_STATE: VoiceState = {
  status: { name: 'idle' },
  microphoneOpen: false,
  muted: false,
  sharing: { tab: false },
  turns: [],
}
