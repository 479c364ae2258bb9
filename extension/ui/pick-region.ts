import { browser } from 'wxt/browser'
import { type PictureArea } from '../messaging/messages.ts'
import { REGION_PICKER, type RegionPicker } from '../page/region-picker.ts'

/** Built from `entrypoints/region-script.ts`. */
const REGION_SCRIPT = '/region-script.js'

export type PickedRegion =
  | { readonly name: 'picked'; readonly area: PictureArea }
  | { readonly name: 'cancelled' }
  /** Chrome does not let this page be touched. */
  | { readonly name: 'refused' }

/** Lets the person draw a frame on the page in a tab. Never rejects. */
export async function pickRegion(tabId: number, hint: string): Promise<PickedRegion> {
  try {
    await browser.scripting.executeScript({ target: { tabId }, files: [REGION_SCRIPT] })
  } catch {
    return { name: 'refused' }
  }
  try {
    const [picking] = await browser.scripting.executeScript({
      target: { tabId },
      func: (key: string, words: string) =>
        (globalThis as unknown as Record<string, RegionPicker | undefined>)[key]?.pick(words),
      args: [REGION_PICKER, hint],
    })
    const area = picking?.result ?? null
    return area === null ? { name: 'cancelled' } : { name: 'picked', area }
  } catch {
    // The page went away under the frame.
    return { name: 'cancelled' }
  }
}

/** A key pressed in the panel counts on the page, where the frame is. */
export async function pressInRegion(tabId: number, key: string, shift: boolean): Promise<void> {
  await browser.scripting.executeScript({
    target: { tabId },
    func: (picker: string, pressed: string, shifted: boolean) =>
      (globalThis as unknown as Record<string, RegionPicker | undefined>)[picker]?.press(pressed, shifted),
    args: [REGION_PICKER, key, shift],
  })
}
