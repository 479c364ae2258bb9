import { type LiveServerMessage } from '@google/genai'
import { type Logger } from '../logger.ts'
import { GeminiAudioShape } from './gemini-audio-shape.ts'
import { audioEventOf, liveEventsOf } from './gemini-events.ts'
import { type LiveEvent } from './live-model.ts'

/**
 * What comes from the brain, frame by frame. Frames are parsed here and not by the SDK: its receive path turns bad JSON,
 * and whatever a callback throws, into an unhandled rejection that ends the process.
 */
export class GeminiInbox {
  readonly #onEvent: (event: LiveEvent) => void
  readonly #logger: Logger
  readonly #audioShape = new GeminiAudioShape()
  /** Events that came before the caller had the connection in hand; undefined from then on. */
  #waiting: LiveEvent[] | undefined = []
  #shut = false

  constructor(onEvent: (event: LiveEvent) => void, logger: Logger) {
    this.#onEvent = onEvent
    this.#logger = logger
  }

  /** Takes one frame; a frame that is no JSON object is logged and left out. @returns whether it completes the setup */
  receive(frame: Buffer): boolean {
    const pcm = this.#audioShape.soundIn(frame)
    if (pcm === undefined) return this.#receiveJson(frame)
    const event = audioEventOf(pcm)
    if (event !== undefined) this.deliver(event)
    return false
  }

  deliver(event: LiveEvent): void {
    if (this.#shut) return
    if (this.#waiting !== undefined) {
      this.#waiting.push(event.type === 'audio' ? { ...event, pcm: Buffer.from(event.pcm) } : event)
      return
    }
    try {
      this.#onEvent(event)
    } catch (error) {
      // A bug of ours: thrown on into the socket it would end the process and everybody's conversation with it.
      this.#logger.error({ event: event.type, error: stackOf(error) }, 'what the brain said could not be acted on')
    }
  }

  /** From now on events are delivered as they come; those that waited first, in order. */
  open(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const event of waiting) this.deliver(event)
  }

  /** Nothing is delivered any more. */
  shut(): void {
    this.#shut = true
    this.#waiting = undefined
  }

  #receiveJson(frame: Buffer): boolean {
    const message = parseMessage(frame)
    if (message === undefined) {
      this.#logger.warn({ bytes: frame.length }, 'the brain sent a frame that is no JSON object')
      return false
    }
    try {
      for (const event of liveEventsOf(message)) this.deliver(event)
      this.#audioShape.learn(frame, message)
    } catch (error) {
      // The fields are as the vendor's types promise, or they are not: one odd message must not end a conversation.
      this.#logger.warn({ bytes: frame.length, error: String(error) }, 'a message of the brain could not be read')
    }
    return message.setupComplete !== undefined
  }
}

function parseMessage(frame: Buffer): LiveServerMessage | undefined {
  try {
    const json: unknown = JSON.parse(frame.toString('utf8'))
    return typeof json === 'object' && json !== null ? (json as LiveServerMessage) : undefined
  } catch {
    return undefined
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
