import { MICROPHONE_RATE_HZ, pcmDurationMs, SAMPLE_BYTES } from '../../shared/audio/audio-format.ts'
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts'
import { BLOCK_BYTES, type SoundBlocks } from './sound-blocks.ts'

/** What is kept of silence, in case speech begins: its first consonant is quiet. A quarter of a second, as it came. */
const QUIET_BLOCKS = 4

/** What a person may say that is not answered yet, ms (docs/protocol.md §2.5); of more the beginning is given up. */
const MAX_MS = 15_000

const SPEECH_BLOCKS = Math.ceil((MAX_MS * MICROPHONE_RATE_HZ) / 1000 / BLOCK_BYTES)

/**
 * What is kept of the silence after speech, ms; of more its last part, in case speech goes on. More than all of
 * {@link PAUSE_BLOCKS}, so that those hold nothing else by then.
 */
const PAUSE_MS = 500
const PAUSE_BLOCKS = 3

/** After this much silence without an answer, ms, somebody should look; after the other it was no speech. */
const LOOK_AFTER_MS = 12_000
const FORGET_AFTER_MS = 15_000

/** How the user ended it, where that was said: released the button, or paused the microphone. */
export type UtteranceEnd = 'end' | 'pause'

interface Block {
  readonly bytes: Uint8Array
  filled: number
  /** µ-law; else PCM16 as it came. */
  isPacked: boolean
}

/**
 * What the user is saying and nobody has answered: what the brain was given since speech began, so that another brain can
 * hear it from its start. It is kept as µ-law, the sound of the telephone: half the memory, and as well understood. But most
 * of what is heard is silence before speech, which is kept for a moment only and not worth that work.
 */
export class Utterance {
  readonly #memory: SoundBlocks
  /** The oldest first. */
  readonly #blocks: Block[] = []
  /** The last of them. */
  #newest: Block | undefined
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
    const isPause = !isSpeech && this.#quietMs >= PAUSE_MS
    const mustLook = this.#notice(pcmDurationMs(pcm.length, MICROPHONE_RATE_HZ), isSpeech)
    for (let rest = pcm; rest.length > 0;) {
      const block = this.#blockWithRoom(isPause)
      const room = (BLOCK_BYTES - block.filled) * (block.isPacked ? SAMPLE_BYTES : 1)
      const fits = rest.length <= room
      append(block, fits ? rest : rest.subarray(0, room))
      if (fits) break
      rest = rest.subarray(room)
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
    if (this.#blocks.length > QUIET_BLOCKS) this.#giveBack(this.#blocks.length - PAUSE_BLOCKS)
  }

  /** @returns its sound from the start, PCM16 in pieces; it is empty afterwards */
  take(): readonly Uint8Array[] {
    const pieces = this.#blocks.map(({ bytes, filled, isPacked }) =>
      isPacked ? decodeMuLaw(bytes.subarray(0, filled)) : bytes.slice(0, filled),
    )
    this.forget()
    return pieces
  }

  /** Nothing is kept any more, not even of silence: others get its memory. */
  forget(): void {
    this.settle()
    this.#giveBack(this.#blocks.length)
    this.#newest = undefined
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

  #blockWithRoom(isPause: boolean): Block {
    const newest = this.#newest
    const isPacked = this.#hasSpeech
    if (newest?.isPacked === isPacked && newest.filled < BLOCK_BYTES) return newest
    const next = this.#unneededBlock(isPause) ?? { bytes: this.#memory.take(), filled: 0, isPacked }
    next.filled = 0
    next.isPacked = isPacked
    this.#blocks.push(next)
    this.#newest = next
    return next
  }

  /** @returns a block whose sound is given up for what comes; undefined while there may be more of them */
  #unneededBlock(isPause: boolean): Block | undefined {
    // In silence the same few blocks go round and round; also behind speech that waits for its answer.
    if (isPause && this.#hasSpeech) return this.#blocks.splice(-PAUSE_BLOCKS, 1)[0]
    const limit = this.#hasSpeech ? SPEECH_BLOCKS : QUIET_BLOCKS
    return this.#blocks.length >= limit ? this.#blocks.shift() : undefined
  }

  /** @param count of the oldest */
  #giveBack(count: number): void {
    this.#memory.giveBack(this.#blocks.splice(0, count).map(({ bytes }) => bytes))
  }
}

/** @param pcm no more than there is room for */
function append(block: Block, pcm: Uint8Array): void {
  if (block.isPacked) {
    encodeMuLaw(pcm, block.bytes, block.filled)
    block.filled += pcm.length / SAMPLE_BYTES
  } else {
    block.bytes.set(pcm, block.filled)
    block.filled += pcm.length
  }
}
