import { readonly, ref, type Ref } from 'vue'
import { useLifetime } from './use-lifetime.ts'

/** Whether the person asked their system for less motion; follows the setting. */
export function useReducedMotion(): Readonly<Ref<boolean>> {
  const query = matchMedia('(prefers-reduced-motion: reduce)')
  const reduced = ref(query.matches)
  query.addEventListener('change', ({ matches }) => (reduced.value = matches), { signal: useLifetime() })
  return readonly(reduced)
}
