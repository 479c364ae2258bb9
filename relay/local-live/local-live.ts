import { answer } from './answer/answer.ts'
import { FaultKit, type FaultPlan } from './faults/fault-plan.ts'
import { Listener } from './listen/listener.ts'
import { Resumptions } from './resumption.ts'
import { LiveServer } from './server.ts'
import { Speaker } from './speak/speaker.ts'
import { AuthTokens } from './wire/auth-tokens.ts'
import { internalError } from './wire/closing.ts'

/** As the service does it: connections end after about 10 minutes and are warned 50 s before. */
const CONNECTION_MS = 10 * 60_000
const GO_AWAY_MS = 50_000

export interface LocalLiveOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** A loopback address: any key is accepted, so nobody else may come in. */
  readonly host?: string
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal
  /** Whether messages go out as binary frames (the default, as the service is believed to do) or as text. */
  readonly frames?: 'binary' | 'text'
  /** How long one connection may last and how long before its end it is told so, ms. */
  readonly connectionMs?: number
  readonly goAwayMs?: number
  /** Told when a speech worker died; it is being replaced. */
  readonly onTrouble?: (sentence: string) => void
  /** What is to go wrong. */
  readonly faults?: readonly FaultPlan[]
  /** Other worker programs, for tests of their failures and without speech models. */
  readonly workers?: { readonly listen?: URL; readonly speak?: URL }
}

export interface LocalLive {
  /** For the SDK's `httpOptions.baseUrl`. */
  readonly url: string
  /** Resolves when the speech models are loaded; sessions before that wait for their setupComplete. */
  readonly ready: Promise<void>
  /** Ends all sessions and worker threads. */
  close(): Promise<void>
}

/**
 * Starts a server that any Gemini Live client can talk to: it really hears, and speaks, without a network or a key.
 *
 * @throws {RangeError} for an address that is not loopback; system errors such as `EADDRINUSE` when it cannot listen
 */
export async function startLocalLive(options: LocalLiveOptions): Promise<LocalLive> {
  const { port, host = '127.0.0.1', signal, workers } = options
  signal?.throwIfAborted()
  if (!isLoopback(host)) throw new RangeError(`${host} is not a loopback address; the local brain takes any key`)
  const onDeath = (part: string) => (error: Error) => {
    server.closeSessions(internalError(`${part} stopped (${error.message})`))
    options.onTrouble?.(`${part} stopped and is being restarted: ${error.message}`)
  }
  const listener = new Listener(onDeath('speech recognition'), workers?.listen)
  const speaker = new Speaker(onDeath('the voice'), workers?.speak)
  const brain = { listener, speaker, resumptions: new Resumptions(), answer, now: () => new Date() }
  const server = new LiveServer({
    host,
    port,
    brain,
    tokens: new AuthTokens(),
    limits: { connectionMs: options.connectionMs ?? CONNECTION_MS, goAwayMs: options.goAwayMs ?? GO_AWAY_MS },
    frames: options.frames ?? 'binary',
    faults: new FaultKit(options.faults),
  })
  const close = async () => {
    await server.close()
    await Promise.all([listener.close(), speaker.close()])
  }
  try {
    const listening = await server.listen()
    signal?.addEventListener('abort', () => void close(), { once: true })
    const ready = Promise.all([listener.ready, speaker.ready]).then(() => undefined)
    // Sessions say it, too; nobody has to look at `ready`.
    ready.catch(() => undefined)
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`, ready, close }
  } catch (error) {
    await Promise.all([listener.close(), speaker.close()])
    throw error
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
