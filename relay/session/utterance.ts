import { MICROPHONE_RATE_HZ, pcmDurationMs, SAMPLE_BYTES } from '../../shared/audio/audio-format.ts'
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts'
import { BLOCK_BYTES, type SoundBlocks } from './sound-blocks.ts'

/** What is kept of silence, in case speech begins: its first consonant is quiet. */
const QUIET_BLOCKS = 3

/** What a person may say that is not answered yet, ms (docs/protocol.md §2.5); of more the beginning is given up. */
const MAX_MS = 15_000

const SPEECH_BLOCKS = Math.ceil((MAX_MS * MICROPHONE_RATE_HZ) / 1000 / BLOCK_BYTES)

/** What a block holds, bytes of PCM16. */
const BLOCK_PCM_BYTES = BLOCK_BYTES * SAMPLE_BYTES

/**
 * What is kept of the silence after speech, ms; of more its last part, in case speech goes on. More than all of
 * {@link QUIET_BLOCKS}, so that those hold nothing else by then.
 */
const PAUSE_MS = 500

/** After this much silence without an answer, ms, somebody should look; after the other it was no speech. */
const LOOK_AFTER_MS = 12_000
const FORGET_AFTER_MS = 15_000

/** How the user ended it, where that was said: released the button, or paused the microphone. */
export type UtteranceEnd = 'end' | 'pause'

/**
 * What the user is saying and nobody has answered: what the brain was given since speech began, so that another brain can
 * hear it from its start. It is kept as µ-law, the sound of the telephone: half the memory, and as well understood.
 * Memory comes in blocks of an eighth of a second and is small in silence.
 */
export class Utterance {
  readonly #memory: SoundBlocks
  /** The oldest first; all but the last are full. */
  readonly #blocks: Uint8Array[] = []
  /** Bytes in the last block; without one there is no room. */
  #filled = BLOCK_BYTES
  #hasSpeech = false
  #speechMs = 0
  #quietMs = 0
  /** It was said by holding a button, so all of it counts. */
  #isHeld = false
  #end: UtteranceEnd | undefined

  constructor(memory: SoundBlocks) {
    this.#memory = memory
  }

  /** Whether somebody said something that is not answered. */
  get isUnanswered(): boolean {
    return this.#hasSpeech
  }

  /** How long speech was heard in it, ms. */
  get speechMs(): number {
    return this.#speechMs
  }

  /** Whether it began with `activityStart`. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  get end(): UtteranceEnd | undefined {
    return this.#end
  }

  /**
   * The brain was given this.
   *
   * @param pcm PCM16 mono 16 kHz, whole samples; copied
   * @param isSpeech not merely the sound of a room
   * @returns true once, when speech was followed by 12 s of silence and nobody has answered
   */
  given(pcm: Uint8Array, isSpeech: boolean): boolean {
    const wasPause = this.#quietMs >= PAUSE_MS
    const mustLook = this.#notice(pcmDurationMs(pcm.length, MICROPHONE_RATE_HZ), isSpeech)
    const room = (BLOCK_BYTES - this.#filled) * SAMPLE_BYTES
    if (pcm.length <= room) this.#append(pcm)
    else {
      this.#append(pcm.subarray(0, room))
      for (let taken = room; taken < pcm.length; taken += BLOCK_PCM_BYTES) {
        this.#nextBlock(wasPause && !isSpeech)
        this.#append(pcm.subarray(taken, taken + BLOCK_PCM_BYTES))
      }
    }
    return mustLook
  }

  /** Hold-to-talk began: what follows is speech, and what was before is not. */
  begin(): void {
    this.forget()
    this.#hasSpeech = true
    this.#isHeld = true
  }

  ended(how: UtteranceEnd): void {
    this.#end = how
  }

  /** It was answered, or was no speech: only silence is kept. */
  settle(): void {
    this.#hasSpeech = false
    this.#speechMs = 0
    this.#quietMs = 0
    this.#isHeld = false
    this.#end = undefined
    if (this.#blocks.length > QUIET_BLOCKS)
      this.#memory.giveBack(this.#blocks.splice(0, this.#blocks.length - QUIET_BLOCKS))
  }

  /** @returns its sound from the start, PCM16 in pieces; it is empty afterwards */
  take(): readonly Uint8Array[] {
    const pieces = this.#blocks.map((block, index) =>
      decodeMuLaw(index === this.#blocks.length - 1 ? block.subarray(0, this.#filled) : block),
    )
    this.forget()
    return pieces.filter((piece) => piece.length > 0)
  }

  /** Nothing is kept any more, not even of silence: others get its memory. */
  forget(): void {
    this.settle()
    this.#memory.giveBack(this.#blocks.splice(0))
    this.#filled = BLOCK_BYTES
  }

  #notice(durationMs: number, isSpeech: boolean): boolean {
    if (isSpeech) {
      this.#hasSpeech = true
      this.#end = undefined
      this.#speechMs += durationMs
      this.#quietMs = 0
      return false
    }
    if (!this.#hasSpeech || this.#isHeld) return false
    const beforeMs = this.#quietMs
    this.#quietMs += durationMs
    if (this.#quietMs >= FORGET_AFTER_MS) this.settle()
    return beforeMs < LOOK_AFTER_MS && this.#quietMs >= LOOK_AFTER_MS
  }

  #append(pcm: Uint8Array): void {
    const block = this.#blocks[this.#blocks.length - 1]
    if (block === undefined) return
    encodeMuLaw(pcm, block, this.#filled)
    this.#filled += pcm.length / SAMPLE_BYTES
  }

  #nextBlock(isPause: boolean): void {
    this.#blocks.push(this.#unneededBlock(isPause) ?? this.#memory.take())
    this.#filled = 0
  }

  /** @returns a block whose sound is given up for what comes; undefined while there may be more of them */
  #unneededBlock(isPause: boolean): Uint8Array | undefined {
    // In silence the same few blocks go round and round; also behind speech that waits for its answer.
    if (isPause && this.#hasSpeech) return this.#blocks.splice(-QUIET_BLOCKS, 1)[0]
    const limit = this.#hasSpeech ? SPEECH_BLOCKS : QUIET_BLOCKS
    return this.#blocks.length >= limit ? this.#blocks.shift() : undefined
  }
}
