import { type TurnTimings, type TurnUsage } from '../../shared/protocol/server-message.ts'
import { type SightSource } from './voice-settings.ts'

/** What the user is to know at a glance; the icon, the talk button and the status line show exactly this. */
export type VoiceStatus =
  /** `paused`: the conversation waits, and why: it goes on with the next start. */
  | { readonly name: 'idle'; readonly paused?: PauseReason }
  | { readonly name: 'connecting' }
  | { readonly name: 'listening' }
  | { readonly name: 'thinking' }
  | { readonly name: 'speaking' }
  | { readonly name: 'reconnecting' }
  /** `problem` chooses the sentence and the button that mends it. */
  | { readonly name: 'error'; readonly problem: VoiceProblem; readonly detail?: string }

/** Why listening stopped by itself: nobody saw that it listened, or nobody said anything for long. */
export type PauseReason = 'panel-closed' | 'quiet'

export type VoiceProblem =
  | 'microphone-not-granted'
  | 'microphone-denied'
  /** By the system or whoever manages the computer, not by Chrome. */
  | 'microphone-blocked'
  | 'microphone-missing'
  | 'microphone-lost'
  | 'relay-unreachable'
  | 'relay-refused'
  | 'brain-unavailable'
  | 'superseded'
  | 'internal'

export interface SharingState {
  /** What is shown now; absent: nothing. */
  readonly source?: SightSource
  /** Why nothing of it is sent at the moment. */
  readonly waiting?: SharingWait
  /** Why sharing stopped or could not start, when it did. */
  readonly problem?: SharingProblem
}

/** `opening`: the device, or the person choosing a screen. `quiet`: pictures are sent while the person speaks. */
export type SharingWait = 'opening' | 'tab-not-in-front' | 'quiet'

export type SharingProblem =
  | 'permission-needed'
  | 'page-not-capturable'
  | 'capture-failed'
  /** The tab went to another site: that is not what was shared. */
  | 'site-changed'
  /** The person listed this site as never to be shown. */
  | 'site-excluded'
  | 'camera-denied'
  | 'camera-missing'
  /** Whoever was asked for the screen said no, or ended it. */
  | 'screen-ended'

/** The whole state of a conversation as every extension page may show it. */
export interface VoiceState {
  readonly status: VoiceStatus
  /** The microphone is captured and its frames are being sent: the indicator shows exactly this. */
  readonly microphoneOpen: boolean
  readonly muted: boolean
  /** How it is listened to, and for hold-to-talk whether it is held now. */
  readonly talk: { readonly mode: 'open' | 'hold'; readonly held: boolean }
  /** The microphone in use. `substitute`: it stands in for the chosen one, which is not there. */
  readonly device?: { readonly label: string; readonly substitute: boolean }
  /** The window whose panel plays: the one the person turned to last. */
  readonly panelWindow?: number | undefined
  readonly sharing: SharingState
  readonly turns: readonly CaptionTurn[]
  readonly brain?: {
    readonly kind: 'gemini' | 'local'
    readonly model: string
    readonly voice: string
    /** Settings of the setup that this model cannot take. */
    readonly unsupported: readonly string[]
  }
  /** Nothing of this conversation is kept by the relay. */
  readonly temporary: boolean
}

export interface CaptionTurn {
  /** Unique in the panel's list: the session's id and the turn. */
  readonly key: string
  readonly turn: number
  readonly user?: CaptionText
  readonly assistant?: CaptionText
  readonly tools: readonly ToolChip[]
  /** The answer can be heard again, or is being said again. */
  readonly sound?: 'kept' | 'replaying'
  /** When what happened, once the turn is complete. */
  readonly latency?: TurnLatency
}

/** Marks of one turn, ms since the person's speech ended (docs/protocol.md §4). */
export interface TurnLatency {
  readonly timings: TurnTimings
  /** The first speech of the turn came here. */
  readonly firstAudioReceived?: number
  /** It was heard. */
  readonly firstSound?: number
  /** Half of the quickest round trip to the relay: so much both may be wrong. */
  readonly wayMs?: number
  readonly usage?: TurnUsage
  readonly traceId?: string
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
  talk: { mode: 'open', held: false },
  sharing: {},
  turns: [],
  temporary: false,
}
