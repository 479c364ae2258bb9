import { type SessionSetup } from '../../shared/protocol/session-setup.ts'

/** What a person can show: one source at a time. */
export type SightSource = 'tab' | 'region' | 'camera' | 'screen'

/**
 * What a person chose, as far as the offscreen document needs it: it has no storage of its own. The background makes it
 * from the settings (`background/voice-settings.ts`), sends it with every start and again whenever a setting changes.
 */
export interface VoiceSettings {
  /** What the relay is asked for, without the tools of the browser. */
  readonly setup: SessionSetup
  /** Go on talking when the panel closes: speech then plays in the offscreen document. */
  readonly keepTalking: boolean
  readonly talk: {
    /** `open`: the line is open while it listens. `hold`: it listens only while the button or Space is held. */
    readonly mode: 'open' | 'hold'
    /** Nobody said or did anything for this long: listening pauses. 0: never. ms */
    readonly idlePauseMs: number
    /** A short tone when the microphone opens and closes. */
    readonly sounds: boolean
  }
  readonly microphone: MicrophoneSettings
  readonly speaker: SpeakerSettings
  readonly sight: SightSettings
}

export interface MicrophoneSettings {
  /** As `enumerateDevices` tells it; empty: the system's choice. */
  readonly deviceId: string
  readonly echoCancellation: boolean
  readonly noiseSuppression: boolean
  readonly autoGainControl: boolean
}

export interface SpeakerSettings {
  /** As `enumerateDevices` tells it; empty: the system's choice. */
  readonly deviceId: string
  /** 0–1 */
  readonly volume: number
  /** Answers are read and not heard: speech is not played, and captions run at their own pace. */
  readonly captionsOnly: boolean
}

export interface SightSettings {
  /** Width of the pictures, pixels; a smaller source is not enlarged. */
  readonly width: number
  /** JPEG quality, 0–1. */
  readonly quality: number
  /** `changes`: when something changed. `speaking`: besides, only while the person speaks or was just heard. */
  readonly pace: 'changes' | 'speaking'
}
