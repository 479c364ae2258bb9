import { MICROPHONE_RATE_HZ, pcmDurationMs } from '../../shared/audio/audio-format.ts'
import { type ClientMessage, type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { decodeClientMessage } from '../../shared/protocol/codec.ts'
import {
  decodeMediaFrame,
  isSeqAtOrBelow,
  type FrameFault,
  type ImageFrame,
  type MicrophoneFrame,
} from '../../shared/protocol/media-frame.ts'
import { type Received } from '../../shared/protocol/server-message.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { jpegSize } from './jpeg-size.ts'
import { TokenBucket } from './token-bucket.ts'

/** The microphone frames of this client that came over an earlier socket. */
export interface HeardBefore {
  /** Number of the newest. */
  readonly newestSeq: number
}

/** Everything a client may say once the session has started. */
export type TalkMessage = Exclude<ClientMessage, { type: 'session.start' }>

/** What comes of a client's frames, read and within its limits. */
export interface ClientSink {
  onStart(message: ClientMessageOf<'session.start'>): void
  onMessage(message: TalkMessage): void
  /** A microphone frame that is newer than all before it. */
  onMicrophone(frame: MicrophoneFrame): void
  onPicture(frame: ImageFrame): void
  /** Something is wrong, and the conversation goes on. */
  onComplaint(code: string, message: string): void
  /** Something is wrong, and the socket is to close. */
  onOffence(close: number, code: string, message: string): void
}

/** Largest payload of one microphone frame, bytes: a quarter of a second. */
export const MAX_AUDIO_BYTES = 8 * 1024

/** Largest side of a picture, pixels. */
const MAX_IMAGE_SIDE = 4096

/** One bad frame may be an accident; the third is a client that cannot speak. */
const MAX_BAD_FRAMES = 3

/** Real time is 32 000 B/s. A client comes with 5 s it kept while it connected, hence the larger first amount. */
const AUDIO_LIMIT = { perSecond: 40_000, capacity: 64_000, initial: 256_000 }

/** A frame counts as at least this many bytes, 10 ms, so that tiny frames are no way around the limit. */
const LEAST_FRAME_BYTES = 320

/** The limit is asked for so much at a time, bytes, a quarter of a second: four numbers fewer to fetch with most frames. */
const AUDIO_PORTION = 8 * 1024

/** A line or a machine that stalled lets everything go at once: so much above the limit passes, bytes, and grows back slowly. */
const AUDIO_GRACE = { perSecond: 3_200, capacity: 192_000 }

const CONTROL_LIMIT = { perSecond: 50, capacity: 100 }

/** Reads what a client sends: the edge where bytes become typed values, and where its limits are kept. */
export class FromClient {
  readonly #sink: ClientSink
  readonly #control = new TokenBucket(CONTROL_LIMIT, performance.now())
  readonly #audio = new TokenBucket(AUDIO_LIMIT, performance.now())
  readonly #audioGrace = new TokenBucket(AUDIO_GRACE, performance.now())
  #phase: 'awaiting start' | 'starting' | 'talking' | 'refused' = 'awaiting start'
  /** Of the sound that the limit let through, so much has not come, bytes. */
  #audioAllowed = 0
  #badFrames = 0
  #newestSeq: number | undefined
  #audioFrames = 0
  #images = 0
  #imageSeq: number | undefined
  /** The next frame shows whether the client could still send everything again. */
  #isReturning = false

  constructor(sink: ClientSink) {
    this.#sink = sink
  }

  /** What came so far, frames that were sent twice and those that nobody wants included. */
  get received(): Received {
    return withoutUndefined({
      audioFrames: this.#audioFrames,
      audioSeq: this.#audioFrames === 0 ? undefined : this.#newestSeq,
      images: this.#images,
      imageSeq: this.#imageSeq,
    })
  }

  /** The session is ready: everything else may come now, and a client that says more before that is refused. */
  begin(heardBefore: HeardBefore | undefined): void {
    if (this.#phase !== 'starting') return
    this.#phase = 'talking'
    this.#newestSeq = heardBefore?.newestSeq
    this.#isReturning = heardBefore !== undefined
  }

  onText(text: string): void {
    if (this.#phase === 'refused') return
    if (!this.#control.take(1, performance.now())) {
      this.#refuse(CLOSE.rate, 'rate_limited', 'Too many messages at once. Wait a moment and start again.')
      return
    }
    const decoded = decodeClientMessage(text)
    if (!decoded.ok)
      this.#refuse(CLOSE.badMessage, 'bad_message', `The relay could not read a message: ${decoded.fault}.`)
    else this.#accept(decoded.message)
  }

  /** @param bytes valid during the call only */
  onBinary(bytes: Uint8Array): void {
    if (this.#phase === 'refused') return
    if (this.#phase !== 'talking') {
      this.#refuse(CLOSE.badMessage, 'bad_message', this.#phase === 'starting' ? NOT_READY : START_FIRST)
      return
    }
    const frame = decodeMediaFrame(bytes)
    if (typeof frame === 'string') this.#bad(FAULT_SENTENCES[frame])
    else if (frame.kind === 'microphone') this.#microphone(frame)
    else if (frame.kind === 'image') this.#picture(frame)
    else this.#bad('speech comes from the relay, not from the client')
  }

  #accept(message: ClientMessage): void {
    const isStart = message.type === 'session.start'
    if (isStart !== (this.#phase === 'awaiting start')) {
      this.#refuse(CLOSE.badMessage, 'bad_message', isStart ? 'session.start was sent twice.' : START_FIRST)
    } else if (isStart) {
      this.#phase = 'starting'
      this.#sink.onStart(message)
    } else if (this.#phase === 'starting') this.#refuse(CLOSE.badMessage, 'bad_message', NOT_READY)
    else this.#sink.onMessage(message)
  }

  #microphone(frame: MicrophoneFrame): void {
    this.#audioFrames++
    const bytes = frame.payload.byteLength
    if (bytes > MAX_AUDIO_BYTES) {
      this.#refuse(CLOSE.tooBig, 'too_big', 'A microphone frame was larger than 8 KiB.')
      return
    }
    // Sent again after a reconnect, or twice: the brain must not hear a word two times.
    if (this.#newestSeq !== undefined && isSeqAtOrBelow(frame.seq, this.#newestSeq)) return
    if (!this.#isWithinAudioLimit(Math.max(bytes, LEAST_FRAME_BYTES))) return
    if (this.#isReturning) this.#lookForGap(frame)
    this.#newestSeq = frame.seq
    if (bytes > 0) this.#sink.onMicrophone(frame)
  }

  /** What fell out of the client's memory while it was away is declared, not passed over. */
  #lookForGap({ seq, payload }: MicrophoneFrame): void {
    this.#isReturning = false
    const missing = this.#newestSeq === undefined ? 0 : (seq - this.#newestSeq - 1) >>> 0
    const lostMs = Math.round(missing * pcmDurationMs(payload.byteLength, MICROPHONE_RATE_HZ))
    if (lostMs > 0) this.#sink.onComplaint('audio_lost', `${lostMs} ms of the microphone were lost.`)
  }

  #isWithinAudioLimit(bytes: number): boolean {
    this.#audioAllowed -= bytes
    if (this.#audioAllowed >= 0) return true
    const nowMs = performance.now()
    this.#audioAllowed += AUDIO_PORTION
    if (this.#audio.take(AUDIO_PORTION, nowMs) || this.#audioGrace.take(AUDIO_PORTION, nowMs)) return true
    this.#refuse(CLOSE.rate, 'rate_limited', 'The microphone sends much faster than real time.')
    return false
  }

  #picture(frame: ImageFrame): void {
    this.#images++
    this.#imageSeq = frame.seq
    const size = jpegSize(frame.payload)
    if (size === undefined) this.#bad('the picture is no whole JPEG')
    else if (Math.max(size.width, size.height) > MAX_IMAGE_SIDE) {
      this.#bad(`the picture is larger than ${MAX_IMAGE_SIDE} pixels`)
    } else this.#sink.onPicture(frame)
  }

  #bad(fault: string): void {
    this.#badFrames++
    const sentence = `The relay could not read a frame: ${fault}.`
    if (this.#badFrames >= MAX_BAD_FRAMES) this.#refuse(CLOSE.badMessage, 'bad_frame', sentence)
    else this.#sink.onComplaint('bad_frame', sentence)
  }

  #refuse(close: number, code: string, message: string): void {
    this.#phase = 'refused'
    this.#sink.onOffence(close, code, message)
  }
}

const NOT_READY = 'Nothing may be said before session.ready came.'

const START_FIRST = 'The first frame must be session.start.'

const FAULT_SENTENCES: Readonly<Record<FrameFault, string>> = {
  short_header: 'it is shorter than its header',
  unknown_kind: 'its kind is unknown',
  odd_pcm_length: 'half a sample is missing',
  unknown_image_source: 'the source of the picture is unknown',
  not_jpeg: 'the picture is no JPEG',
}
