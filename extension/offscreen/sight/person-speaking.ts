/** Of a quiet room, loudness 0–1 (root mean square). */
const QUIET_LEVEL = 0.002
/** Nothing softer than this is a voice into a microphone, loudness 0–1. */
const MIN_VOICE_LEVEL = 0.01
/** A voice is this much louder than the room. */
const VOICE_OVER_ROOM = 3
/** The room's loudness follows a rise by this factor a frame, and a fall at once. */
const ROOM_RISE = 1.005
/** A click of the mouse is shorter, frames of 32 ms. */
const VOICE_FRAMES = 3

/**
 * Tells from the microphone's loudness alone whether the person speaks: good enough to decide when a picture is worth
 * sending, and it costs nothing. What is said is decided elsewhere.
 */
export class PersonSpeaking {
  #room = QUIET_LEVEL
  #loudFrames = 0
  #spokeAtMs = -Infinity

  /**
   * Takes the loudness of one frame.
   *
   * @param level 0–1
   * @param nowMs of the clock that `quietForMs` is asked by
   */
  hear(level: number, nowMs: number): void {
    const isLoud = level > Math.max(MIN_VOICE_LEVEL, this.#room * VOICE_OVER_ROOM)
    this.#room = Math.max(QUIET_LEVEL, Math.min(level, this.#room * ROOM_RISE))
    this.#loudFrames = isLoud ? this.#loudFrames + 1 : 0
    if (this.#loudFrames >= VOICE_FRAMES) this.#spokeAtMs = nowMs
  }

  /** Writing counts as speaking. */
  wrote(nowMs: number): void {
    this.#spokeAtMs = nowMs
  }

  /** For how long nobody has spoken, ms. */
  quietForMs(nowMs: number): number {
    return nowMs - this.#spokeAtMs
  }
}
