import { onScopeDispose, readonly, type Ref, ref, watch } from 'vue'
import { type LeftOff } from '../speaker/playback-messages.ts'
import { createSpeaker, type Speaker, type SpeakerUse } from '../speaker/speaker.ts'
import { analyserLevel } from './analyser-level.ts'

export interface SpeakerReports {
  onPlayed(turn: number, playedMs: number, ended: boolean): void
  /** Another page goes on, from exactly there. */
  onLeft(left: LeftOff): void
}

/** The output device of this page, while it has it. */
export interface Output {
  readonly blocked: Readonly<Ref<boolean>>
  readonly deviceMissing: Readonly<Ref<boolean>>
  /** Takes new speech; undefined while there is none, or while it waits for a pause to leave in. */
  speaker(): Speaker | undefined
  readonly level: () => number
  readonly open: () => void
  /** Falls silent, with this turn and those before it. */
  interrupt(turn: number): void
  readonly leave: () => void
  breakOff(): LeftOff | undefined
  readonly close: () => void
}

/** @param use how the person wants to hear; followed */
export function useOutput(use: () => SpeakerUse, reports: SpeakerReports): Output {
  const blocked = ref(false)
  const deviceMissing = ref(false)
  let speaker: Speaker | undefined
  let analyser: AnalyserNode | undefined
  let leaving = false
  watch(use, (wish) => speaker?.use(wish))

  function open(): void {
    if (speaker !== undefined) return
    speaker = createSpeaker({
      onPlayed: (turn, playedMs, ended) => reports.onPlayed(turn, playedMs, ended),
      onBlocked: (held) => (blocked.value = held),
      onDeviceMissing: (missing) => (deviceMissing.value = missing),
    })
    speaker.use(use())
    const tap = speaker.tap()
    analyser = new AnalyserNode(tap.context, { fftSize: 1024, smoothingTimeConstant: 0 })
    tap.connect(analyser)
  }

  function leave(): void {
    const leaver = speaker
    if (leaver === undefined || leaving) return
    leaving = true
    void leaver.leave().then((left) => {
      if (speaker === leaver) reports.onLeft(left)
    })
  }

  function close(): void {
    const closing = speaker
    speaker = undefined
    analyser = undefined
    leaving = false
    blocked.value = false
    deviceMissing.value = false
    void closing?.close()
  }
  onScopeDispose(close)

  return {
    blocked: readonly(blocked),
    deviceMissing: readonly(deviceMissing),
    speaker: () => (leaving ? undefined : speaker),
    level: () => (analyser === undefined ? 0 : analyserLevel(analyser)),
    open,
    interrupt: (turn) => speaker?.interrupt(turn),
    leave,
    breakOff: () => speaker?.breakOff(),
    close,
  }
}
