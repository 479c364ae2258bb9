import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { registerCaptureProcessor } from '../offscreen/capture-processor.ts'

export default defineUnlistedScript(() => registerCaptureProcessor())
