import { readonly, ref, type Ref } from 'vue'
import { useLifetime } from './use-lifetime.ts'

/** How long a passing word stands, ms: read once, slowly. */
const PASSING_MS = 4000

/** A word that takes the place of the state for a moment; the newest counts. */
export function usePassing(): {
  readonly passing: Readonly<Ref<string | undefined>>
  readonly say: (text: string) => void
} {
  const passing = ref<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  useLifetime().addEventListener('abort', () => clearTimeout(timer))
  return {
    passing: readonly(passing),
    say(text) {
      clearTimeout(timer)
      passing.value = text
      timer = setTimeout(() => (passing.value = undefined), PASSING_MS)
    },
  }
}
