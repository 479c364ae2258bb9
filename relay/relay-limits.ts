import { type RelayInfo } from '../shared/protocol/relay-info.ts'
import { type RelayConfig } from './config.ts'
import { MAX_AUDIO_BYTES } from './session/from-client.ts'

/** Largest frames and bodies, bytes (docs/protocol.md §1, §2). */
export const MAX_TEXT_BYTES = 128 * 1024
export const MAX_IMAGE_BYTES = 256 * 1024
export const MAX_BODY_BYTES = 64 * 1024

/** What clients are told of the limits they meet. */
export function limitsOf(config: RelayConfig): RelayInfo['limits'] {
  return {
    textBytes: MAX_TEXT_BYTES,
    imageBytes: MAX_IMAGE_BYTES,
    audioBytes: MAX_AUDIO_BYTES,
    imagesPerSecond: 2,
    sessionsPerUser: config.maxSessionsPerUser,
  }
}
