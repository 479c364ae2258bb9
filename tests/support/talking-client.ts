import { createOpenSocket } from '../../scripts/talk/open-socket.ts'
import { createRelayClient, type RelayClient, type Ticket } from '../../shared/client/relay-client.ts'
import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type History } from './history/history.ts'
import { type ConversationThread, RecordingSockets } from './history/recording-socket.ts'
import { markedFrame } from './marked-sound.ts'
import { TOOL_NAME, USE_TOOL } from './talking-brain.ts'
import { Watch } from './watch.ts'

export interface TalkingClientOptions {
  /** Names the client `c1`, `c2`, … */
  readonly number: number
  readonly history: History
  readonly getTicket: (signal: AbortSignal) => Promise<Ticket>
  /** Decides about the waits between attempts: 0 waits for nothing. */
  readonly random?: () => number
  readonly setup?: SessionSetup
  /** Goes on with what another client began. */
  readonly takeOver?: ConversationThread
}

/** Speech frames of the contract are 48 bytes a millisecond. */
const SPEECH_BYTES_PER_MS = 48

/**
 * The real relay client with somebody at it who types, speaks, listens and lets the brain use a tool; all of it is written
 * down. What is said is never the same twice.
 */
export class TalkingClient {
  readonly name: string
  readonly client: RelayClient
  /** What the client told its owner, in order. */
  readonly messages: ServerMessage[] = []
  /** While false, calls of the tool stay open. */
  answersTools = true
  readonly #options: TalkingClientOptions
  readonly #sockets: RecordingSockets
  readonly #watch = new Watch()
  readonly #playedMs = new Map<number, number>()
  #frames = 0
  #utterances = 0
  #typed = 0
  #speechFrames = 0
  #confirmedTurns = 0

  constructor(options: TalkingClientOptions) {
    const { number, history, getTicket, random = () => 0 } = options
    this.#options = options
    this.name = `c${number}`
    const recording = { history, client: this.name, ...(options.takeOver && { takeOver: options.takeOver }) }
    this.#sockets = new RecordingSockets(createOpenSocket(), recording)
    this.client = createRelayClient({
      client: { name: 'talking client', version: '0' },
      setup: { browserTools: [TOOL], ...options.setup },
      getTicket,
      openSocket: this.#sockets.open,
      random,
    })
    this.client.events.on('message', (message) => this.#receive(message))
    this.client.events.on('state', () => this.#watch.changed())
    this.client.events.on('speech', ({ turn, payload }) => {
      this.#speechFrames++
      this.#playedMs.set(turn, (this.#playedMs.get(turn) ?? 0) + payload.byteLength / SPEECH_BYTES_PER_MS)
      this.#watch.changed()
    })
    this.client.events.on('audioLost', (ms) => {
      history.add({ event: 'audio lost', client: this.name, socket: this.#sockets.count, ms })
    })
  }

  /** The conversation, for whoever is to take it over. */
  get thread(): ConversationThread | undefined {
    return this.#sockets.thread
  }

  get sockets(): number {
    return this.#sockets.count
  }

  /** Speech frames that were heard. */
  get speechFrames(): number {
    return this.#speechFrames
  }

  /** Typed turns that are stored, and told. */
  get confirmedTurns(): number {
    return this.#confirmedTurns
  }

  /** Types something. @returns its id */
  type(about = 'tell me something'): string {
    const id = `${this.name}-t${++this.#typed}`
    const text = `${about}, ${id}.`
    if (!this.client.send({ type: 'text.send', id, text })) throw new Error(`the client does not take ${id}`)
    return id
  }

  /** Types something for which the brain uses the tool. @returns its id */
  typeForTool(): string {
    return this.type(USE_TOOL)
  }

  /** Speaks on for so many frames of 32 ms, which leave as fast as they can. */
  speak(frames: number): void {
    for (let count = 0; count < frames; count++) this.#sendFrame(0)
  }

  /** Says the last word of an utterance, which the brain will answer. @returns what will be stored of it */
  endSpeaking(): string {
    this.#sendFrame(++this.#utterances)
    return `${this.name} says number ${this.#utterances}.`
  }

  /** Whatever `look` finds, as soon as it finds something. @throws when the conversation ended first */
  async until<Result>(look: (messages: readonly ServerMessage[]) => Result | undefined): Promise<Result> {
    const outcome = await this.#watch.until(() => {
      const found = look(this.messages)
      if (found !== undefined) return { found }
      const { state } = this.client
      return state.name === 'closed' ? { fault: `${this.name} was closed: ${state.code} ${state.reason}` } : undefined
    })
    if ('fault' in outcome) throw new Error(outcome.fault)
    return outcome.found
  }

  /** The first message of this type at or after this index of `messages`. */
  message<Type extends ServerMessage['type']>(type: Type, from = 0): Promise<ServerMessageOf<Type>> {
    return this.until((messages) =>
      messages.slice(from).find((message): message is ServerMessageOf<Type> => message.type === type),
    )
  }

  /** Resolves when there is an open session on a socket after this many. */
  ready(sockets = 0): Promise<true> {
    return this.until(() => (this.client.state.name === 'open' && this.#sockets.count > sockets ? true : undefined))
  }

  /** Resolves when the typed turn was answered, or cut, and all of it is stored. */
  async answered(id: string): Promise<void> {
    const { turn } = await this.confirmed(id)
    await this.until((messages) => messages.find((message) => message.type === 'turn.complete' && message.turn >= turn))
  }

  /** Resolves when these words are stored, and told. */
  heard(words: string): Promise<ServerMessageOf<'transcript.final'>> {
    return this.#final(({ text }) => text === words)
  }

  /** Resolves when the typed turn is stored, and told. */
  confirmed(id: string): Promise<ServerMessageOf<'transcript.final'>> {
    return this.#final((final) => final.id === id)
  }

  /** Says a last word, waits until everything is answered, and ends the conversation. */
  async leave(): Promise<void> {
    await this.answered(this.type('goodbye'))
    this.#options.history.add({ event: 'left', client: this.name, socket: this.#sockets.count })
    this.end()
  }

  end(): void {
    this.client.end()
  }

  #final(
    matches: (final: ServerMessageOf<'transcript.final'>) => boolean,
  ): Promise<ServerMessageOf<'transcript.final'>> {
    return this.until((messages) => messages.filter(isFinal).find(matches))
  }

  #sendFrame(endOf: number): void {
    const seq = ++this.#frames
    this.client.sendAudio(markedFrame(this.#options.number, seq, endOf), seq * 32)
  }

  #receive(message: ServerMessage): void {
    this.messages.push(message)
    if (message.type === 'transcript.final' && message.id !== undefined) this.#confirmedTurns++
    if (message.type === 'tool.call' && this.answersTools) {
      this.client.send({ type: 'tool.result', callId: message.callId, output: { found: true } })
    } else if (message.type === 'turn.interrupted' || message.type === 'turn.complete') {
      const { turn } = message
      this.client.send({ type: 'playback.position', turn, playedMs: this.#playedMs.get(turn) ?? 0 })
    }
    this.#watch.changed()
  }
}

function isFinal(message: ServerMessage): message is ServerMessageOf<'transcript.final'> {
  return message.type === 'transcript.final'
}

const TOOL = {
  name: TOOL_NAME,
  description: 'Looks something up',
  parameters: { type: 'object', properties: { text: { type: 'string' } } },
  effect: 'read',
  timeoutMs: 5_000,
} as const
