import { type VoiceProblem } from '../messaging/voice-state.ts'

export type MicrophoneProblem = Extract<VoiceProblem, `microphone-${string}`>

/**
 * Why the microphone could not be had, from what `getUserMedia` threw.
 *
 * @param permission what Chrome remembers; a question that nobody can see (offscreen) ends like a refusal, and only this
 *   tells them apart
 */
export function microphoneProblem(error: unknown, permission: PermissionState): MicrophoneProblem {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return permission === 'denied' ? 'microphone-denied' : 'microphone-not-granted'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'microphone-missing'
    default:
      // NotReadableError, AbortError: it is there, but another program or the system holds it.
      return 'microphone-lost'
  }
}
