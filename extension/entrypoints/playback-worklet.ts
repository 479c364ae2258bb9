import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { registerPlaybackProcessor } from '../speaker/playback-processor.ts'
import { registerSpeechTapProcessor } from '../speaker/speech-tap-processor.ts'

export default defineUnlistedScript(() => {
  registerPlaybackProcessor()
  registerSpeechTapProcessor()
})
