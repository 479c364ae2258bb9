import { readSettings, watchSettings } from '../settings/settings.ts'
import { type Settings } from '../settings/settings-schema.ts'

/** Settings come a moment later than the page is painted; what was chosen last is known at once here. */
const KEPT = 'aside-theme'

type Theme = Settings['look']['theme']

/**
 * Shows a page in the chosen theme, and follows the choice: `data-theme` on the document, `light` or `dark`; without it
 * the system decides (`tokens.css`).
 */
export async function applyTheme(signal: AbortSignal): Promise<void> {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'light' || kept === 'dark') show(kept)
  watchSettings(({ look }) => keep(look.theme), signal)
  keep((await readSettings()).look.theme)
}

function keep(theme: Theme): void {
  if (localStorage.getItem(KEPT) !== theme) localStorage.setItem(KEPT, theme)
  show(theme)
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
