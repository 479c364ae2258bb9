import { type ActivePage } from './active-page.ts'

/** Three things to say, as keys of `locales/`; each works with the local brain as well as with a model. */
export function suggestionsFor(page: Pick<ActivePage, 'access'>) {
  return page.access === 'closed'
    ? (['empty.abilities', 'empty.time', 'empty.repeat'] as const)
    : (['empty.about', 'empty.read', 'empty.abilities'] as const)
}
