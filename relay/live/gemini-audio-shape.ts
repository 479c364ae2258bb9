import { type LiveServerMessage } from '@google/genai'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Shorter data could stand in a message by chance; 20 ms of speech are 1 280 characters. */
const LEAST_DATA_LENGTH = 64

/**
 * Nine of ten messages of the brain are one piece of speech and nothing else, and all of these look alike around their
 * base64. So the bytes before and after it are remembered from one that was parsed, and a message with the same bytes
 * around one plain string is known without parsing: whatever its keys' order and its spaces, it is the same JSON.
 */
export class GeminiAudioShape {
  #before: Buffer | undefined
  #after: Buffer = Buffer.alloc(0)

  /** @returns the base64 of a message that is like the remembered one; undefined when it has to be parsed */
  dataIn(frame: Buffer): string | undefined {
    const before = this.#before
    if (before === undefined) return undefined
    const [start, end] = [before.length, frame.length - this.#after.length]
    if (end < start) return undefined
    if (before.compare(frame, 0, start) !== 0 || this.#after.compare(frame, end) !== 0) return undefined
    // Not the end of this string but of an earlier one, or a string that means other characters than it has.
    if (frame.indexOf(QUOTE, start) !== end || isBetween(frame.indexOf(BACKSLASH, start), start, end)) return undefined
    return frame.toString('latin1', start, end)
  }

  /** Remembers what is around the speech, if the message is nothing but speech. */
  learn(frame: Buffer, message: LiveServerMessage): void {
    const data = onlyAudioOf(message)
    if (data === undefined || data.length < LEAST_DATA_LENGTH) return
    const start = frame.indexOf(data, 0, 'latin1')
    const end = start + data.length
    if (start < 1 || frame[start - 1] !== QUOTE || frame[end] !== QUOTE) return
    this.#before = ownCopy(frame.subarray(0, start))
    this.#after = ownCopy(frame.subarray(end))
  }
}

/** In the common pool these few bytes would hold on to all of it, 64 KiB, for as long as the connection lasts. */
function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

function isBetween(index: number, start: number, end: number): boolean {
  return index >= start && index < end
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
