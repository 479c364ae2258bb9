import { type VoiceProblem } from '../messaging/voice-state.ts'

export type MicrophoneProblem = Extract<VoiceProblem, `microphone-${string}`>

const REFUSALS = {
  prompt: 'microphone-not-granted',
  denied: 'microphone-denied',
  // Chrome would let us; the system or whoever manages the computer does not.
  granted: 'microphone-blocked',
} as const satisfies Record<PermissionState, MicrophoneProblem>

export interface MicrophoneFailure {
  readonly problem: MicrophoneProblem
  /** What the browser said. */
  readonly detail: string
}

/** @param error what `getUserMedia` threw */
export async function failureOf(error: unknown): Promise<MicrophoneFailure> {
  const permission = await navigator.permissions.query({ name: 'microphone' })
  return { problem: microphoneProblem(error, permission.state), detail: String(error) }
}

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
      return REFUSALS[permission]
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'microphone-missing'
    default:
      // NotReadableError, AbortError: it is there, but another program or the system holds it.
      return 'microphone-lost'
  }
}
