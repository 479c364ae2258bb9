import { type Duplex } from 'node:stream'
import { camelise, isRecord } from '../wire/json-names.ts'
import { encodeServerMessage, type ServerMessage } from '../wire/server-message.ts'
import { type ClientFrame, type Fault, type FaultWire, type Frame, type Moment, type Rewriting } from './fault.ts'
import { handleOf, momentsOf, momentsOfClient } from './moments.ts'

/** The socket under a line. */
export interface LineSocket {
  /** @param frame a text goes out as the server's messages do, bytes as they are */
  write(frame: string | Buffer): void
  close(code?: number, reason?: string): void
  cut(): void
  stopReading(): void
}

/** A fault that may hit a connection. */
export interface Threat {
  readonly fault: Fault
  readonly at: Moment | undefined
  readonly afterMs: number
  /** Takes one of the times it may happen. @returns false when there is none left */
  readonly spend: () => boolean
}

/** What lines know of each other. */
export interface OpenHandles {
  readonly give: (handle: string, line: object) => void
  readonly isOpen: (handle: string) => boolean
  readonly closed: (line: object) => void
}

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Stands between one socket and its session, and does to both what its faults say. */
export class FaultyLine {
  readonly #threats: readonly Threat[]
  readonly #handles: OpenHandles
  readonly #timers = new Set<NodeJS.Timeout>()
  #rewritings: readonly Rewriting[] = []
  readonly #struck = new Set<Threat>()
  #socket: LineSocket | undefined
  #answering = false
  #muted = false
  #deaf = false
  #isStuck = false
  #held: Frame[] | undefined
  #resumedHandle: string | undefined

  constructor(threats: readonly Threat[], handles: OpenHandles) {
    this.#threats = threats
    this.#handles = handles
  }

  /** Answers the upgrade in the server's place. @returns whether it did */
  refuses(socket: Duplex): boolean {
    for (const { fault, spend } of this.#threats) {
      if (fault.kind !== 'refusal' || !spend()) continue
      if (fault.answer === 'cut') socket.destroy()
      else if (fault.answer !== 'hang') {
        const { answer } = fault
        socket.end(`HTTP/1.1 ${answer} ${REFUSALS[answer] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      }
      return true
    }
    return false
  }

  /** The socket is open. */
  open(socket: LineSocket): void {
    this.#socket = socket
    this.#rewritings = this.#threats.flatMap(({ fault, spend }) =>
      fault.kind === 'rewrite' && spend() ? [fault.rewrite()] : [],
    )
  }

  /** A message of the session's. */
  send(message: ServerMessage): void {
    const handle = message.sessionResumptionUpdate?.newHandle
    if (handle) this.#handles.give(handle, this)
    let frames: readonly Frame[] = [message]
    for (const { toClient } of this.#rewritings) {
      if (toClient !== undefined) frames = frames.flatMap((frame) => (isMessage(frame) ? toClient(frame) : [frame]))
    }
    for (const frame of frames) {
      this.#write(frame)
      if (isMessage(frame)) this.#sent(frame)
    }
  }

  /** A frame of the client's. @returns what the session is to have of it */
  receive(text: string): string | undefined {
    const frame = parse(text)
    if (frame === undefined) return text
    this.#resumedHandle ??= handleOf(frame)
    for (const moment of momentsOfClient(frame)) this.#strike(moment)
    let taken: ClientFrame | undefined = frame
    for (const { fromClient } of this.#rewritings) {
      if (taken !== undefined && fromClient !== undefined) taken = fromClient(taken)
    }
    if (this.#deaf || taken === undefined) return undefined
    return taken === frame ? text : JSON.stringify(taken)
  }

  /** Whether the client is to know when the session closes the connection. */
  get saysGoodbye(): boolean {
    return !this.#muted
  }

  /** Whether anything is read from the socket. */
  get reads(): boolean {
    return !this.#isStuck
  }

  /** The socket is gone. */
  end(): void {
    this.#socket = undefined
    this.#timers.forEach(clearTimeout)
    this.#handles.closed(this)
  }

  #sent(message: ServerMessage): void {
    const moments = momentsOf(message, this.#answering)
    if (message.serverContent?.modelTurn !== undefined) this.#answering = true
    if (moments.includes('turnEnd') || moments.includes('interrupted')) this.#answering = false
    for (const moment of moments) this.#strike(moment)
  }

  #strike(moment: Moment): void {
    for (const threat of this.#threats) {
      const { fault, at, afterMs, spend } = threat
      if (fault.kind !== 'strike' || (at ?? fault.at) !== moment || this.#struck.has(threat) || !spend()) continue
      this.#struck.add(threat)
      if (afterMs === 0) fault.strike(this.#wire())
      else this.#after(afterMs, () => fault.strike(this.#wire()))
    }
  }

  #wire(): FaultWire {
    return {
      send: (...frames) => frames.forEach((frame) => this.#write(frame)),
      close: (code, reason) => this.#socket?.close(code, reason),
      cut: () => this.#socket?.cut(),
      mute: () => (this.#muted = true),
      deafen: () => (this.#deaf = true),
      stopReading: () => {
        this.#isStuck = true
        this.#socket?.stopReading()
      },
      hold: (ms) => this.#hold(ms),
      after: (ms, act) => this.#after(ms, act),
      resumesOpenSession: this.#resumedHandle !== undefined && this.#handles.isOpen(this.#resumedHandle),
    }
  }

  #write(frame: Frame): void {
    if (this.#muted) return
    if (this.#held !== undefined) this.#held.push(frame)
    else this.#socket?.write(isMessage(frame) ? encodeServerMessage(frame) : frame)
  }

  #hold(ms: number): void {
    this.#held ??= []
    this.#after(ms, () => {
      const held = this.#held ?? []
      this.#held = undefined
      held.forEach((frame) => this.#write(frame))
    })
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
  }
}

function isMessage(frame: Frame): frame is ServerMessage {
  return typeof frame !== 'string' && !Buffer.isBuffer(frame)
}

/** @returns undefined for what is no message: the session itself knows what to say about it */
function parse(text: string): ClientFrame | undefined {
  try {
    const json = camelise(JSON.parse(text))
    return isRecord(json) ? json : undefined
  } catch {
    return undefined
  }
}
