import { type PictureArea } from '../../messaging/messages.ts'
import { type SightSettings } from '../../messaging/voice-settings.ts'
import { type Size } from './picture-size.ts'

/** What a source shows at one moment, before anything is covered. */
export interface RawPicture {
  /** A `data:` address as the browser captured it, or a frame of a camera or screen, which the encoder closes. */
  readonly image: string | VideoFrame
  /** To be covered before anything is encoded: fractions of the whole picture. */
  readonly secrets: readonly PictureArea[]
  /** Size of what the secrets were measured in, pixels: a picture of another size is not the one they are for. */
  readonly viewport?: Size
  /** The part that is shown; absent: all of it. */
  readonly area?: PictureArea
}

export interface EncodeRequest extends RawPicture, Pick<SightSettings, 'width' | 'quality'> {}

export interface EncodedPicture {
  readonly jpeg: ArrayBuffer
  /** Grey, 32 × 32: tells whether something changed. */
  readonly thumbnail: Uint8Array<ArrayBuffer>
}

/** To the worker and back: answers carry the number of their request, since who asked may no longer want it. */
export interface NumberedRequest {
  readonly number: number
  readonly request: EncodeRequest
}

export type NumberedAnswer = { readonly number: number } & (
  { readonly ok: true; readonly picture: EncodedPicture } | { readonly ok: false; readonly message: string }
)
