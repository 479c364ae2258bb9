import { defineBackground } from 'wxt/utils/define-background'

export default defineBackground(() => {
  // Wiring arrives with the background room.
})
