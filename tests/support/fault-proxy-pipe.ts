import { type Socket } from 'node:net'

/** What a line does to the bytes of one way. */
export interface LinkFaults {
  /** Every byte comes so much later, ms. */
  readonly latencyMs: number
  /** At random up to so much more, ms; the order of bytes stays. */
  readonly jitterMs: number
  /** The most that passes in a second, bytes. */
  readonly bytesPerSecond: number
  /** The most that arrives in one piece, bytes. */
  readonly sliceBytes: number
  /** Share of pieces in which one bit is turned, 0 to 1. */
  readonly corruption: number
  /** Bytes wait until the line is well again, as with lost packets that are sent again. */
  readonly isStalled: boolean
  /** Bytes and ends are gone for good: the other side hears nothing any more. A connection does not recover from it. */
  readonly isBlackHole: boolean
}

export const PERFECT: LinkFaults = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Infinity,
  sliceBytes: Infinity,
  corruption: 0,
  isStalled: false,
  isBlackHole: false,
}

/** More than this waits in the sender, as in a router with a small queue, bytes. */
const QUEUE_BYTES = 256 * 1024

interface Waiting {
  readonly bytes: Buffer
  /** ms of `performance.now` */
  readonly dueMs: number
}

/** One way of a connection. Bytes stay in order whatever is done to them. */
export class FaultyPipe {
  readonly #from: Socket
  readonly #to: Socket
  readonly #random: () => number
  readonly #onMove: () => void
  readonly #queue: Waiting[] = []
  #queuedBytes = 0
  #swallowedBytes = 0
  #faults = PERFECT
  #isBlackHole = false
  #isEnding = false
  #lastDueMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, random: () => number, onMove: () => void) {
    this.#from = from
    this.#to = to
    this.#random = random
    this.#onMove = onMove
    from.on('data', (bytes) => this.#take(bytes))
    from.on('end', () => this.end())
    to.on('drain', () => this.#flush())
    to.on('close', () => {
      clearTimeout(this.#timer)
      onMove()
    })
  }

  get isBlackHole(): boolean {
    return this.#isBlackHole
  }

  /** Bytes that went into a black hole. */
  get swallowedBytes(): number {
    return this.#swallowedBytes
  }

  /** Bytes that wait. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  set(faults: Partial<LinkFaults>): void {
    this.#faults = { ...PERFECT, ...faults }
    this.#isBlackHole ||= this.#faults.isBlackHole
    if (this.#isBlackHole) this.#swallowQueue()
    this.#flush()
  }

  /** The sender has said all; what waits is still delivered. */
  end(): void {
    if (this.#isBlackHole) return
    this.#isEnding = true
    this.#flush()
  }

  #take(bytes: Buffer): void {
    if (this.#isBlackHole) {
      this.#swallowedBytes += bytes.byteLength
      this.#onMove()
      return
    }
    const { sliceBytes } = this.#faults
    for (let start = 0; start < bytes.byteLength; start += sliceBytes) {
      const piece = bytes.subarray(start, Math.min(bytes.byteLength, start + sliceBytes))
      this.#queue.push({ bytes: this.#spoil(piece), dueMs: this.#dueMs(piece.byteLength) })
    }
    this.#queuedBytes += bytes.byteLength
    if (this.#queuedBytes > QUEUE_BYTES) this.#from.pause()
    this.#flush()
  }

  #dueMs(bytes: number): number {
    const { latencyMs, jitterMs, bytesPerSecond } = this.#faults
    const arrivalMs = performance.now() + latencyMs + jitterMs * this.#random()
    this.#lastDueMs = Math.max(arrivalMs, this.#lastDueMs) + (bytes / bytesPerSecond) * 1000
    return this.#lastDueMs
  }

  #spoil(piece: Buffer): Buffer {
    if (this.#random() >= this.#faults.corruption) return piece
    const spoilt = Buffer.from(piece)
    const index = Math.floor(this.#random() * spoilt.byteLength)
    spoilt.writeUInt8(spoilt.readUInt8(index) ^ (1 << Math.floor(this.#random() * 8)), index)
    return spoilt
  }

  #flush(): void {
    clearTimeout(this.#timer)
    while (!this.#faults.isStalled && !this.#to.writableNeedDrain) {
      const next = this.#queue[0]
      if (next === undefined) {
        if (this.#isEnding && !this.#to.writableEnded) this.#to.end()
        break
      }
      const waitMs = next.dueMs - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), waitMs)
        break
      }
      this.#queue.shift()
      this.#queuedBytes -= next.bytes.byteLength
      // Each piece leaves in a segment of its own: Nagle is off.
      if (!this.#to.destroyed) this.#to.write(next.bytes)
    }
    if (this.#queuedBytes <= QUEUE_BYTES) this.#from.resume()
    this.#onMove()
  }

  #swallowQueue(): void {
    this.#swallowedBytes += this.#queuedBytes
    this.#queuedBytes = 0
    this.#queue.length = 0
    this.#isEnding = false
  }
}
