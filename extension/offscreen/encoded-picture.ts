import { type PageSnapshot } from '../messaging/messages.ts'

/** Secrets are covered before anything is encoded. */
export type EncodeRequest = Pick<PageSnapshot, 'dataUrl' | 'secrets' | 'viewport'>

export interface EncodedPicture {
  readonly jpeg: ArrayBuffer
  /** Grey, 32 × 32: tells whether something changed. */
  readonly thumbnail: Uint8Array<ArrayBuffer>
}

export type EncodeAnswer = ({ readonly ok: true } & EncodedPicture) | { readonly ok: false; readonly message: string }
