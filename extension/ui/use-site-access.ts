import { readonly, ref, type Ref, watchEffect } from 'vue'
import { isSiteAllowed, watchSites } from './site-access.ts'
import { useLifetime } from './use-lifetime.ts'

/** Whether Aside may see this site without a click on its icon; follows what a person changes elsewhere. */
export function useSiteAccess(pattern: () => string | undefined): Readonly<Ref<boolean>> {
  const allowed = ref(false)
  const look = async () => {
    const site = pattern()
    const answer = site !== undefined && (await isSiteAllowed(site))
    if (site === pattern()) allowed.value = answer
  }
  watchEffect(() => void look())
  watchSites(() => void look(), useLifetime())
  return readonly(allowed)
}
