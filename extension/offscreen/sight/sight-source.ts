import { type SharingProblem, type SharingWait } from '../../messaging/voice-state.ts'
import { type RawPicture } from './encoded-picture.ts'

/** What came of looking at a source. */
export type Look =
  | { readonly name: 'picture'; readonly picture: RawPicture }
  /** Nothing of it can be seen now; it may come back. `why` is absent where it is not worth a word. */
  | { readonly name: 'nothing'; readonly why?: SharingWait }
  /** It did not work this time; after some such times it is over. */
  | { readonly name: 'failed' }
  /** For good. Without a problem: the person ended it, and knows. */
  | { readonly name: 'over'; readonly problem?: SharingProblem }

/** Something a person shows: a tab, a part of it, a camera, a screen. */
export interface SightSource {
  /** A picture of this moment. A rejection counts as `failed`. */
  look(): Promise<Look>
  /** Whether it could be looked at, without looking: `undefined` when it could. */
  check(): Promise<Exclude<Look, { name: 'picture' }> | undefined>
}

export type Opening =
  | { readonly ok: true; readonly source: SightSource }
  | { readonly ok: false; readonly problem?: SharingProblem | undefined }
