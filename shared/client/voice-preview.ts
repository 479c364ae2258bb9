import { askRelayForBytes, type FetchBytes, type RelayAnswer } from './relay-http.ts'

/** What is to be heard; a model or language that is not named is as the relay has it. */
export interface VoicePreview {
  readonly voice: string
  readonly model?: string
  /** BCP 47 */
  readonly language?: string
}

/** The brain is called, and speaks, before there is an answer. */
const PREVIEW_TIMEOUT_MS = 30_000

/** `POST /v1/voices/preview`: a short sentence as the brain says it. @returns a WAV file, PCM16 mono 24 kHz */
export function askVoicePreview(
  door: { readonly baseUrl: string; readonly fetch: FetchBytes },
  accessToken: string,
  preview: VoicePreview,
): Promise<RelayAnswer<Uint8Array<ArrayBuffer>>> {
  return askRelayForBytes({
    ...door,
    path: '/v1/voices/preview',
    body: { ...preview },
    accessToken,
    mediaType: 'audio/wav',
    timeoutMs: PREVIEW_TIMEOUT_MS,
  })
}
