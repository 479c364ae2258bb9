import { browser } from 'wxt/browser'
import { storage } from 'wxt/utils/storage'

/** Windows with an open panel, as far as Chrome told; since version 142 it tells both (`onOpened`, `onClosed`). */
const stored = storage.defineItem<readonly number[]>('session:panelWindows', { fallback: [] })

/** Keeps account of the windows in which the panel is open. */
export function watchPanelWindows(): void {
  const { onOpened, onClosed } = browser.sidePanel as Partial<typeof browser.sidePanel>
  if (onClosed === undefined) return
  onOpened?.addListener(
    ({ windowId }) => void change((windows) => [...windows.filter((id) => id !== windowId), windowId]),
  )
  onClosed.addListener(({ windowId }) => void change((windows) => windows.filter((id) => id !== windowId)))
}

/** Whether the panel is open in a window. An older Chrome knows only whether there is one anywhere. */
export async function isPanelOpen(windowId: number): Promise<boolean> {
  const [windows, panels] = await Promise.all([
    stored.getValue(),
    browser.runtime.getContexts({ contextTypes: ['SIDE_PANEL'] }),
  ])
  return panels.length > 0 && (windows.length === 0 || windows.includes(windowId))
}

function change(edit: (windows: readonly number[]) => readonly number[]): Promise<void> {
  return navigator.locks.request('aside-panel-windows', async () => stored.setValue(edit(await stored.getValue())))
}
