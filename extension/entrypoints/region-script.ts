import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { createRegionPicker, REGION_PICKER } from '../page/region-picker.ts'

/** Injected when a person wants to show a part of a page; it changes nothing there until a frame is asked for. */
export default defineUnlistedScript(() => {
  Object.assign(globalThis, { [REGION_PICKER]: createRegionPicker(window) })
})
