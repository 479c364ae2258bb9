import { onScopeDispose, readonly, type Ref, ref } from 'vue'
import { createSpeaker, type Speaker } from '../speaker/speaker.ts'
import { analyserLevel } from './analyser-level.ts'
import { type Sound } from './voice-view.ts'

/** The first sound of a turn is looked for this often, ms; a person does not see less. */
const FIRST_SOUND_POLL_MS = 40
/** Anything above is sound and not the silence a turn may begin with. */
const AUDIBLE_LEVEL = 0.02

export interface PanelSpeaker {
  readonly sound: Readonly<Ref<Sound>>
  /** Chrome holds the sound back until this page was clicked. */
  readonly blocked: Readonly<Ref<boolean>>
  /** Loudness of what sounds now, 0–1. */
  level(): number
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
  close(): void
}

/** The speaker of this page, open only during a conversation, with what it does as state to show. */
export function useSpeaker(onPlayed: (turn: number, playedMs: number, ended: boolean) => void): PanelSpeaker {
  const sound = ref<Sound>('none')
  const blocked = ref(false)
  let output: Output | undefined
  let newestTurn = 0
  /** Silenced here; more of it may be on its way until the rest of the extension knows. */
  let silencedTurn: number | undefined
  let soundWatch: ReturnType<typeof setInterval> | undefined
  const watchForSound = () => {
    soundWatch ??= setInterval(() => {
      const speaking = output
      const waiting = speaking !== undefined && sound.value === 'waiting'
      if (waiting && analyserLevel(speaking.analyser) < AUDIBLE_LEVEL) return
      clearInterval(soundWatch)
      soundWatch = undefined
      if (waiting) sound.value = 'playing'
    }, FIRST_SOUND_POLL_MS)
  }

  const panelSpeaker: PanelSpeaker = {
    sound: readonly(sound),
    blocked: readonly(blocked),
    level: () => (output === undefined ? 0 : analyserLevel(output.analyser)),
    open() {
      output ??= openOutput({
        onPlayed(turn, playedMs, ended) {
          if (ended && turn === newestTurn) sound.value = 'finished'
          onPlayed(turn, playedMs, ended)
        },
        onBlocked: (held) => (blocked.value = held),
      })
    },
    play(turn, positionMs, pcm) {
      if (output === undefined || turn === silencedTurn) return
      newestTurn = turn
      if (sound.value !== 'playing') sound.value = 'waiting'
      output.speaker.play(turn, positionMs, pcm)
      if (sound.value === 'waiting') watchForSound()
    },
    end: (turn) => output?.speaker.end(turn),
    interrupt(turn) {
      silencedTurn = undefined
      output?.speaker.interrupt(turn)
    },
    silence() {
      if (newestTurn === 0) return
      silencedTurn = newestTurn
      output?.speaker.interrupt(newestTurn)
    },
    expect() {
      if (sound.value === 'finished') sound.value = 'none'
    },
    resume: () => output?.speaker.resume(),
    close() {
      const closing = output
      output = undefined
      newestTurn = 0
      silencedTurn = undefined
      sound.value = 'none'
      blocked.value = false
      void closing?.speaker.close()
    },
  }
  onScopeDispose(() => panelSpeaker.close())
  return panelSpeaker
}

interface Output {
  readonly speaker: Speaker
  readonly analyser: AnalyserNode
}

function openOutput(options: Parameters<typeof createSpeaker>[0]): Output {
  const speaker = createSpeaker(options)
  const tap = speaker.tap()
  const analyser = new AnalyserNode(tap.context, { fftSize: 1024, smoothingTimeConstant: 0 })
  tap.connect(analyser)
  return { speaker, analyser }
}
