import { onScopeDispose, readonly, type Ref, ref } from 'vue'
import { type Sound } from './voice-view.ts'

/** The first sound of a turn is looked for this often, ms; a person does not see less. */
const FIRST_SOUND_POLL_MS = 40
/** Anything above is sound and not the silence a turn may begin with. */
const AUDIBLE_LEVEL = 0.02

export interface SoundOfSpeech {
  readonly sound: Readonly<Ref<Sound>>
  /** Speech was given to the speaker. @param silent it runs, and nobody hears it: no sound is waited for */
  given(silent: boolean): void
  /** All there was of it has been heard. */
  finished(): void
  /** A new answer is on its way: what finished before says nothing about it. */
  expect(): void
  /** No speech is here. */
  reset(): void
}

/** Follows what becomes of the newest speech, from its arrival to its last sample. @param level what sounds now, 0–1 */
export function useSound(level: () => number): SoundOfSpeech {
  const sound = ref<Sound>('none')
  let watch: ReturnType<typeof setInterval> | undefined

  const look = () => {
    const isWaiting = sound.value === 'waiting'
    if (isWaiting && level() < AUDIBLE_LEVEL) return
    clearInterval(watch)
    watch = undefined
    if (isWaiting) sound.value = 'playing'
  }
  onScopeDispose(() => clearInterval(watch))

  return {
    sound: readonly(sound),
    given(silent) {
      if (silent) sound.value = 'playing'
      if (sound.value === 'playing') return
      sound.value = 'waiting'
      watch ??= setInterval(look, FIRST_SOUND_POLL_MS)
    },
    finished: () => (sound.value = 'finished'),
    expect() {
      if (sound.value === 'finished') sound.value = 'none'
    },
    reset: () => (sound.value = 'none'),
  }
}
