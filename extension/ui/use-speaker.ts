import { type Ref } from 'vue'
import { type LeftOff } from '../speaker/playback-messages.ts'
import { type SpeakerReports, useOutput } from './use-output.ts'
import { useSettings } from './use-settings.ts'
import { useSound } from './use-sound.ts'
import { type Sound } from './voice-view.ts'

export interface PanelSpeaker {
  readonly sound: Readonly<Ref<Sound>>
  /** Chrome holds the sound back until this page was clicked. */
  readonly blocked: Readonly<Ref<boolean>>
  /** The speaker that the person chose is not there; the system's is used. */
  readonly deviceMissing: Readonly<Ref<boolean>>
  /** Loudness of what sounds now, 0–1. */
  readonly level: () => number
  /** Takes the output device; speech that comes without it is dropped. */
  open(): void
  play(turn: number, positionMs: number, pcm: ArrayBuffer): void
  end(turn: number): void
  /** Falls silent, with this turn and all before it. */
  interrupt(turn: number): void
  /** Falls silent with everything that is still to sound. */
  silence(): void
  /** A new answer is on its way: what finished before says nothing about it. */
  expect(): void
  resume(): void
  /** Another page is to play: it stops in the next pause between words, and `onLeft` says where. */
  leave(): void
  /** The page goes away now. @returns how far it was heard; undefined when nothing was on its way here */
  breakOff(): LeftOff | undefined
  close(): void
}

/** The speaker of this page, open only during a conversation, with what it does as state to show. */
export function useSpeaker(reports: SpeakerReports): PanelSpeaker {
  const { settings } = useSettings()
  let newestTurn = 0
  /** Silenced here; more of it may be on its way until the rest of the extension knows. */
  let silencedTurn: number | undefined
  const output = useOutput(() => settings.value.speaker, {
    onPlayed(turn, playedMs, ended) {
      if (ended && turn === newestTurn) speech.finished()
      reports.onPlayed(turn, playedMs, ended)
    },
    onLeft(left) {
      close()
      reports.onLeft(left)
    },
  })
  const speech = useSound(output.level)
  const isSounding = () => speech.sound.value === 'waiting' || speech.sound.value === 'playing'

  function close(): void {
    newestTurn = 0
    silencedTurn = undefined
    speech.reset()
    output.close()
  }

  return {
    sound: speech.sound,
    blocked: output.blocked,
    deviceMissing: output.deviceMissing,
    level: output.level,
    open: output.open,
    play(turn, positionMs, pcm) {
      const speaker = output.speaker()
      if (speaker === undefined || turn === silencedTurn) return
      newestTurn = turn
      speaker.play(turn, positionMs, pcm)
      speech.given(settings.value.speaker.captionsOnly)
    },
    end: (turn) => output.speaker()?.end(turn),
    interrupt(turn) {
      silencedTurn = undefined
      output.interrupt(turn)
    },
    silence() {
      if (!isSounding()) return
      silencedTurn = newestTurn
      output.interrupt(newestTurn)
    },
    expect: () => speech.expect(),
    resume: () => output.speaker()?.resume(),
    leave: output.leave,
    breakOff: () => (isSounding() ? output.breakOff() : undefined),
    close,
  }
}
