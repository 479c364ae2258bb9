import { type Ticket } from '../../../shared/client/relay-client.ts'
import { decodeServerMessage, encodeMessage } from '../../../shared/protocol/codec.ts'
import { FRAME_KIND, HEADER_BYTES, encodeMediaFrame } from '../../../shared/protocol/media-frame.ts'
import { type GeneratorTotals } from './commands.ts'
import { type LatencySamples } from './latency-samples.ts'
import { LeanSocket } from './lean-socket.ts'
import { ageOfStamp, writeStamp } from './stamp.ts'
import { IMAGE_BYTES, IMAGE_PERIOD_MS, MICROPHONE_BYTES, MICROPHONE_PERIOD_MS, SPEECH_PERIOD_MS } from './workload.ts'

/** Counters of all sessions of a fleet. */
export interface FleetCounters extends GeneratorTotals {
  audioSent: number
  imagesSent: number
  speechReceived: number
  readonly faults: string[]
}

const SPEECH = noise(8000)

/** What the microphone hears of a quiet room while the person is silent. */
const ROOM = noise(20)

/** Who heard nothing for so long, ms, takes it that the answer is over. */
const ANSWER_GAP_MS = 4 * SPEECH_PERIOD_MS

/** What is said between two answers, frames: about one and a half of the two seconds there are. */
const FRAMES_PER_UTTERANCE = 45

const FRAMES_PER_IMAGE = IMAGE_PERIOD_MS / MICROPHONE_PERIOD_MS

const imageFrame = Buffer.from(
  encodeMediaFrame({ kind: 'image', seq: 0, timeMs: 0, source: 'tab', payload: picture() }),
)

export interface LoadSessionOptions {
  /** Undefined for the floor, which knows no contract. */
  readonly ticket: Ticket | undefined
  /** Where a floor listens. */
  readonly floorUrl: string
  readonly counters: FleetCounters
  readonly downLatency: LatencySamples
}

/**
 * One person in a conversation: sends microphone frames, pictures and heartbeats in real time, and measures the speech that
 * comes. Says something, waits for the answer, and is silent until it is over.
 */
export class LoadSession {
  /** Settles once the brain of this session has answered. */
  readonly live: Promise<void>
  readonly #socket: LeanSocket
  readonly #counters: FleetCounters
  readonly #downLatency: LatencySamples
  readonly #speaksContract: boolean
  #becomeLive: () => void = () => undefined
  #isLive = false
  #ended = false
  #frames = 0
  #heardAtMs = -Infinity
  #saidFrames = 0
  #images = 0
  #imagesDue = Math.random()

  constructor({ ticket, floorUrl, counters, downLatency }: LoadSessionOptions) {
    this.#counters = counters
    this.#downLatency = downLatency
    this.#speaksContract = ticket !== undefined
    const protocols = ticket === undefined ? [] : ['aside.v1', `ticket.${ticket.ticket}`]
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    this.live = promise
    this.#becomeLive = () => {
      this.#isLive = true
      resolve(undefined)
    }
    this.#socket = new LeanSocket(ticket?.url ?? floorUrl, protocols, {
      onOpen: () => {
        if (this.#speaksContract) this.#start()
      },
      onMessage: (payload, binary) => {
        if (binary) this.#hear(payload)
        else this.#read(payload)
      },
      onClose: (code, reason) => {
        if (this.#ended) return
        this.#fault(`closed ${code} ${reason}`)
        reject(new Error(`a session closed: ${code} ${reason}`))
      },
    })
  }

  /** Sends the next 32 ms, and what else is due with it. */
  speak(): void {
    if (performance.now() - this.#heardAtMs < ANSWER_GAP_MS) this.#saidFrames = 0
    else this.#saidFrames++
    const isSpeaking = this.#saidFrames > 0 && this.#saidFrames <= FRAMES_PER_UTTERANCE
    const frame = Buffer.allocUnsafe(HEADER_BYTES + MICROPHONE_BYTES)
    writeHeader(frame, FRAME_KIND.microphone, this.#frames, this.#frames * MICROPHONE_PERIOD_MS)
    frame.set(isSpeaking ? SPEECH : ROOM, HEADER_BYTES)
    writeStamp(frame, HEADER_BYTES)
    this.#socket.sendBinary(frame)
    this.#counters.audioSent++
    this.#frames++
    this.#imagesDue += 1 / FRAMES_PER_IMAGE
    if (this.#imagesDue >= 1) this.#show()
  }

  /** Heartbeat of the contract; without it a relay closes a silent socket. */
  ping(): void {
    if (this.#speaksContract) this.#socket.sendText(encodeMessage({ type: 'ping', t: Date.now() }))
  }

  end(): void {
    this.#ended = true
    if (this.#speaksContract) this.#socket.sendText(encodeMessage({ type: 'session.end' }))
    this.#socket.close()
  }

  #start(): void {
    const client = { name: 'aside-bench', version: '0' }
    this.#socket.sendText(
      encodeMessage({ type: 'session.start', client, setup: { captions: { input: true, output: true } } }),
    )
  }

  #show(): void {
    this.#imagesDue -= 1
    writeHeader(imageFrame, FRAME_KIND.image, this.#images++, this.#frames * MICROPHONE_PERIOD_MS)
    this.#socket.sendBinary(imageFrame)
    this.#counters.imagesSent++
  }

  #hear(frame: Buffer): void {
    this.#counters.speechReceived++
    this.#heardAtMs = performance.now()
    this.#downLatency.add(ageOfStamp(frame, HEADER_BYTES))
  }

  #read(text: Buffer): void {
    if (!this.#speaksContract) {
      if (!this.#isLive) this.#becomeLive()
      return
    }
    // Acknowledgements and captions are not read, or the generator would measure its own JSON; faults and the start are.
    if (this.#isLive && !text.toString('latin1', 0, 15).includes('"error"')) return
    const decoded = decodeServerMessage(text.toString('utf8'))
    if (!decoded.ok) this.#fault(decoded.fault)
    else if (decoded.message.type === 'error') this.#fault(decoded.message.code)
    else if (decoded.message.type === 'session.state' && decoded.message.upstream === 'live') this.#becomeLive()
  }

  #fault(fault: string): void {
    if (this.#counters.faults.length < 10) this.#counters.faults.push(fault)
  }
}

function writeHeader(frame: Buffer, kind: number, seq: number, timeMs: number): void {
  frame[0] = kind
  frame[1] = 0
  frame.writeUInt16LE(0, 2)
  frame.writeUInt32LE(seq, 4)
  frame.writeUInt32LE(timeMs, 8)
}

/** @param peak of 32 767 */
function noise(peak: number): Buffer {
  const samples = Int16Array.from({ length: MICROPHONE_BYTES / 2 }, () => (Math.random() * 2 - 1) * peak)
  return Buffer.from(samples.buffer)
}

/** A JPEG as far as anybody between the two ends looks: its marks and its size, 768 × 480; the rest is noise. */
function picture(): Buffer {
  const bytes = Buffer.alloc(IMAGE_BYTES)
  for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(Math.random() * 0xff)
  bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
  bytes.set(
    [0xff, 0xc0, 0, 17, 8, 480 >> 8, 480 & 0xff, 768 >> 8, 768 & 0xff, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1],
    20,
  )
  bytes.set([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 0x3f, 0], 39)
  bytes.set([0xff, 0xd9], bytes.length - 2)
  return bytes
}
