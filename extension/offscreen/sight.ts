import { type SightRequest } from '../messaging/messages.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type SharingState } from '../messaging/voice-state.ts'
import { type Background } from './background.ts'
import { type FrameEncoder } from './frame-encoder.ts'
import { type RelayLine } from './relay-line.ts'
import { Snapshots } from './snapshots.ts'

export interface SightOptions {
  readonly captureTab: Background['captureTab']
  readonly encoder: Pick<FrameEncoder, 'encode'>
  readonly line: Pick<RelayLine, 'sendImage'>
  /** To the panel. */
  readonly post: (message: VoiceChannelMessage) => void
  /** What is shown now, or why nothing is. */
  readonly onChange: (sharing: SharingState) => void
}

/** What a person shows, one source at a time. */
export class Sight {
  readonly #onChange: SightOptions['onChange']
  readonly #snapshots: Snapshots

  constructor({ captureTab, encoder, line, post, onChange }: SightOptions) {
    this.#onChange = onChange
    this.#snapshots = new Snapshots({
      captureTab,
      encode: (request) => encoder.encode(request),
      send: (jpeg, capturedAtMs) => line.sendImage(jpeg, 'tab', capturedAtMs),
      preview: (jpeg) => post({ type: 'preview', source: 'tab', jpeg }),
      onStopped: (problem) => onChange({ problem }),
    })
  }

  share({ source }: SightRequest): void {
    this.#snapshots.start()
    this.#onChange({ source })
  }

  /** Not a single picture leaves after this. */
  stop(): void {
    this.#snapshots.stop()
    this.#onChange({})
  }
}
