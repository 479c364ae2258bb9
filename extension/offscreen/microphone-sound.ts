import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { type VoiceState } from '../messaging/voice-state.ts'

/** Up when it opens, down when it closes: told apart without looking, Hz. */
const NOTES_HZ = { on: [520, 780], off: [780, 520] } as const
/** Over before anybody speaks. */
const NOTE_S = 0.07
/** −20 dB: half as loud as speech. */
const PEAK = 0.1

/** A short tone when the microphone opens and closes, for whoever wants one. */
export class MicrophoneSound {
  readonly #settings: () => VoiceSettings | undefined
  readonly #play: (notesHz: readonly number[], speaker: VoiceSettings['speaker']) => void
  #wasOn = false

  constructor(settings: () => VoiceSettings | undefined, play: typeof playNotes = playNotes) {
    this.#settings = settings
    this.#play = play
  }

  show(state: VoiceState): void {
    const isOn = hears(state)
    if (isOn === this.#wasOn) return
    this.#wasOn = isOn
    const settings = this.#settings()
    if (settings?.talk.sounds === true) this.#play(NOTES_HZ[isOn ? 'on' : 'off'], settings.speaker)
  }
}

/** With hold-to-talk the button is felt; the tone is for the conversation as a whole. */
function hears({ talk, status, microphoneOpen }: VoiceState): boolean {
  if (talk.mode === 'open') return microphoneOpen
  return status.name !== 'idle' && status.name !== 'error' && status.name !== 'connecting'
}

function playNotes(notesHz: readonly number[], { deviceId, volume }: VoiceSettings['speaker']): void {
  const context = new AudioContext()
  const output = new GainNode(context, { gain: PEAK * volume })
  output.connect(context.destination)
  const play = () => {
    const notes = notesHz.map((frequency, index) => {
      const note = new OscillatorNode(context, { frequency })
      note.connect(output)
      note.start(context.currentTime + index * NOTE_S)
      note.stop(context.currentTime + (index + 1) * NOTE_S)
      return note
    })
    notes.at(-1)?.addEventListener('ended', () => void context.close(), { once: true })
  }
  // A speaker that is gone is no reason to be silent.
  void context.setSinkId(deviceId).then(play, play)
}
