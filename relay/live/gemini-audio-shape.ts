import { type LiveServerMessage } from '@google/genai'
import { readBase64 } from './base64.ts'

const QUOTE = 0x22

/** Shorter data could stand in a message by chance; 20 ms of speech are 1 280 characters. */
const LEAST_DATA_LENGTH = 64

/** More of speech than this comes in no message, bytes: a second and a half. */
const SCRATCH_BYTES = 64 * 1024

/** The speech of all conversations is decoded here: it costs no memory. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
const scratchView = new DataView(scratch.buffer)

/** What is around the sound in a message. */
interface Surroundings {
  readonly before: Buffer
  readonly after: Buffer
}

/** With one brain they are the same for everybody: then all conversations look at the same bytes, and those are at hand. */
class SharedSurroundings {
  #newest: Surroundings | undefined

  /** @returns one for all who ask for the same; it keeps nothing of the arguments */
  of(before: Buffer, after: Buffer): Surroundings {
    const newest = this.#newest
    if (newest?.before.equals(before) === true && newest.after.equals(after)) return newest
    return (this.#newest = { before: ownCopy(before), after: ownCopy(after) })
  }
}

const shared = new SharedSurroundings()

/**
 * Nine of ten messages of the brain are one piece of speech and nothing else, and all of these look alike around their
 * base64. So the bytes before and after it are remembered from one that was parsed, and a message with the same bytes
 * around plain base64 is known without parsing: whatever its keys' order and its spaces, it is the same JSON.
 */
export class GeminiAudioShape {
  #surroundings: Surroundings | undefined

  /**
   * @returns the sound in a message that is like the remembered one, valid until the next call; undefined when it has to be
   *   parsed
   */
  soundIn(frame: Buffer): Buffer | undefined {
    if (this.#surroundings === undefined) return undefined
    const { before, after } = this.#surroundings
    const start = before.length
    const end = frame.length - after.length
    if (end < start || end - start > SCRATCH_BYTES) return undefined
    if (!isAt(before, frame, 0) || !isAt(after, frame, end)) return undefined
    // Nothing but digits lie between, so no other string ends or begins there, and this one means what it has.
    const bytes = readBase64(frame, start, end, scratchView)
    return bytes === undefined ? undefined : scratch.subarray(0, bytes)
  }

  /** Remembers what is around the speech, if the message is nothing but speech. */
  learn(frame: Buffer, message: LiveServerMessage): void {
    const data = onlyAudioOf(message)
    if (data === undefined || data.length < LEAST_DATA_LENGTH) return
    const start = frame.indexOf(data, 0, 'latin1')
    const end = start + data.length
    if (start < 1 || frame[start - 1] !== QUOTE || frame[end] !== QUOTE) return
    this.#surroundings = shared.of(frame.subarray(0, start), frame.subarray(end))
  }
}

/** For a hundred bytes quicker than a call into native code. */
function isAt(bytes: Uint8Array, frame: Uint8Array, at: number): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== frame[at + index]) return false
  return true
}

/** In the common pool these few bytes would hold on to all of it, 64 KiB, for as long as the connection lasts. */
function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

/** @returns the base64 of a message that says nothing else; its structure is as the vendor promises, or this throws */
function onlyAudioOf(message: LiveServerMessage): string | undefined {
  const content = onlyKey(message, 'serverContent') ? message.serverContent : undefined
  const parts = content !== undefined && onlyKey(content, 'modelTurn') ? content.modelTurn?.parts : undefined
  const part = parts?.length === 1 ? parts[0] : undefined
  const { mimeType, data } = (part !== undefined && onlyKey(part, 'inlineData') ? part.inlineData : undefined) ?? {}
  return mimeType?.startsWith('audio/pcm') === true ? data : undefined
}

function onlyKey(value: object, key: string): boolean {
  return key in value && Object.keys(value).length === 1
}
