/** Where a person stands on the way to a microphone that is heard. */
export type MicrophoneStep =
  | { readonly name: 'prompt' }
  | { readonly name: 'asking' }
  | { readonly name: 'dismissed' }
  | { readonly name: 'denied' }
  /** Chrome allows it, but the system or whoever manages the computer does not. */
  | { readonly name: 'blocked' }
  | { readonly name: 'missing' }
  | { readonly name: 'busy' }
  /** Open, for the test only; `device` as the browser calls it. */
  | { readonly name: 'live'; readonly device: string }
  /** May be used, and is closed. */
  | { readonly name: 'allowed' }

/**
 * What a refused `getUserMedia` means. "NotAllowedError" has three meanings with different ways out.
 *
 * @param errorName name of the DOMException
 * @param permission what the permission says after the refusal
 */
export function stepAfterFailure(errorName: string, permission: PermissionState): MicrophoneStep {
  if (errorName === 'NotFoundError' || errorName === 'OverconstrainedError') return { name: 'missing' }
  if (errorName === 'NotAllowedError' || errorName === 'SecurityError') {
    return { name: REFUSALS[permission] }
  }
  return { name: 'busy' }
}

const REFUSALS = { prompt: 'dismissed', denied: 'denied', granted: 'blocked' } as const satisfies Record<
  PermissionState,
  string
>

/** Where a change of the permission, made anywhere in Chrome, leads from `step`. */
export function stepAfterPermission(permission: PermissionState, step: MicrophoneStep): MicrophoneStep {
  switch (permission) {
    case 'denied':
      return { name: 'denied' }
    case 'prompt':
      return step.name === 'asking' || step.name === 'dismissed' ? step : { name: 'prompt' }
    case 'granted': {
      const waited = step.name === 'prompt' || step.name === 'dismissed' || step.name === 'denied'
      return waited ? { name: 'allowed' } : step
    }
  }
}
