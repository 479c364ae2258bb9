import { onScopeDispose } from 'vue'

/** A signal that aborts when the component (or effect scope) that called it goes away. */
export function useLifetime(): AbortSignal {
  const lifetime = new AbortController()
  onScopeDispose(() => lifetime.abort())
  return lifetime.signal
}
