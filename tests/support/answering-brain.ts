import { type ScriptedLiveOptions } from './scripted-live.ts'
import { isRealtime, said, speech, speechPcm, turnComplete } from './scripted-live-messages.ts'

/** What the {@link answeringBrain} says to everything. */
export const ANSWER = 'That is so.'

/** A brain that answers every typed turn at once, in one breath; for `startScriptedLive`. */
export const answeringBrain: ScriptedLiveOptions = {
  onFrame: (call, frame) => {
    if (!isRealtime('text')(frame)) return
    call.send(said(ANSWER))
    call.send(speech(speechPcm(40)))
    call.send(turnComplete)
  },
}
