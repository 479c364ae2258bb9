import { createRelayClient, type RelayClient, type RelayClientState } from '../../shared/client/relay-client.ts'
import { type OpenSocket } from '../../shared/client/socket-port.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type PageInFront, type VoiceStart } from '../messaging/messages.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type VoiceProblem, type VoiceState } from '../messaging/voice-state.ts'
import { type Played } from '../speaker/playback-messages.ts'
import { type Background } from './background.ts'
import { contextOf } from './conversation-context.ts'
import { type FrameEncoder } from './frame-encoder.ts'
import { LevelReport } from './level-report.ts'
import { type Microphone, type OpenMicrophone } from './microphone.ts'
import { PositionReport } from './position-report.ts'
import { Snapshots } from './snapshots.ts'
import { SpeechOutlet, type SpeechOutletOptions } from './speech-outlet.ts'
import { ToolCalls } from './tool-calls.ts'
import { TurnCount } from './turn-count.ts'
import {
  type Conversation,
  conversationAfter,
  isAnswering,
  NO_CONVERSATION,
  problemOf,
  type VoiceEvent,
  voiceStateOf,
} from './voice-state.ts'

/** Longer typed turns would end the conversation (docs/protocol.md §2.1). */
const MAX_TEXT_CHARACTERS = 8000

export interface VoiceSessionParts {
  readonly background: Background
  readonly microphone: Pick<Microphone, 'open'>
  readonly encoder: Pick<FrameEncoder, 'encode'>
  readonly openSocket: OpenSocket
  readonly openSpeaker: SpeechOutletOptions['openSpeaker']
  /** To the panel. */
  readonly post: (message: VoiceChannelMessage) => void
  /** Called with every new state. */
  readonly onState: (state: VoiceState) => void
}

/**
 * The line: microphone → relay client → speech outlet, and what a person, the panel and the relay may do to it. It lives as
 * long as the offscreen document, whatever becomes of the service worker.
 */
export class VoiceSession {
  readonly #parts: VoiceSessionParts
  readonly #outlet: SpeechOutlet
  readonly #snapshots: Snapshots
  readonly #tools: ToolCalls
  readonly #level: LevelReport
  #conversation: Conversation = NO_CONVERSATION
  #client: RelayClient | undefined
  #microphone: { readonly closing: AbortController; open?: OpenMicrophone } | undefined
  #page: PageInFront | undefined
  #toldContext = ''
  #turns = new TurnCount()
  readonly #positions = new PositionReport()

  constructor(parts: VoiceSessionParts) {
    const { background, encoder, post } = parts
    this.#parts = parts
    this.#level = new LevelReport((microphone) => post({ type: 'level', microphone }))
    this.#outlet = new SpeechOutlet({
      post,
      openSpeaker: parts.openSpeaker,
      onPlayed: (played, cut) => this.#played(played, cut),
    })
    this.#tools = new ToolCalls(background.runTool, (result) => this.#client?.send(result))
    this.#snapshots = new Snapshots({
      captureTab: background.captureTab,
      encode: (request) => encoder.encode(request),
      send: (jpeg, capturedAtMs) => this.#client?.sendImage(jpeg, 'tab', capturedAtMs) ?? false,
      preview: (jpeg) => post({ type: 'preview', source: 'tab', jpeg }),
      onStopped: (problem) => this.#shared({ problem }),
    })
  }

  get state(): VoiceState {
    return voiceStateOf(this.#conversation)
  }

  /** Begins a conversation, or goes on with one that was paused. */
  start(start: VoiceStart): void {
    if (this.#microphone !== undefined) return
    const isFresh = this.#client === undefined
    this.#outlet.keepTalking = start.keepTalking
    this.#outlet.panelExpected()
    this.#page = start.page
    this.#apply({ type: 'started', fresh: isFresh })
    if (isFresh) this.#connect(start)
    this.#apply({ type: 'connection', state: this.#client?.state ?? { name: 'idle' } })
    void this.#listen(start.microphone)
  }

  /** Says goodbye. */
  stop(): void {
    const client = this.#client
    this.#client = undefined
    this.#rest()
    this.#outlet.forget()
    client?.end()
    this.#apply({ type: 'stopped' })
  }

  setMuted(muted: boolean): void {
    this.#microphone?.open?.setMuted(muted)
    if (muted) this.#client?.send({ type: 'audio.end' })
    this.#apply({ type: 'muted', muted })
  }

  /** Falls silent; the next answer is spoken again. */
  stopSpeech(): void {
    if (isAnswering(this.#conversation) || this.#turns.isOpen) this.#silence()
  }

  /**
   * Says something in writing; it interrupts speech like a word that is spoken.
   *
   * @param text at most 8 000 characters
   * @throws when there is no conversation that could take it
   */
  sendText(text: string): void {
    if (text.length > MAX_TEXT_CHARACTERS) throw new Error(`The text is longer than ${MAX_TEXT_CHARACTERS} characters.`)
    const sent = this.#client?.send({ type: 'text.send', id: crypto.randomUUID(), text }) ?? false
    if (!sent) throw new Error('There is no conversation that could take this text.')
  }

  setTabSharing(shared: boolean): void {
    if (shared && this.#microphone === undefined) return
    if (shared) this.#snapshots.start()
    else this.#snapshots.stop()
    this.#shared(shared ? { source: 'tab' } : {})
  }

  setPage(page: PageInFront | undefined): void {
    this.#page = page
    this.#tellContext()
  }

  panelOpened(): void {
    this.#outlet.panelOpened()
    this.#parts.post({ type: 'state', state: this.state })
  }

  /** Without a panel nobody sees that it listens: it pauses, unless the person wants otherwise. */
  panelClosed(): void {
    const pauses = !this.#outlet.keepTalking
    if (pauses) this.#turns.silence()
    this.#outlet.panelClosed()
    if (!pauses || this.#microphone === undefined) return
    this.#rest()
    this.#apply({ type: 'stopped' })
  }

  panelPlayed(played: Played): void {
    this.#outlet.panelPlayed(played)
  }

  #connect(start: VoiceStart): void {
    const client = createRelayClient({
      client: { name: 'aside-extension', version: start.extensionVersion },
      setup: start.setup,
      getTicket: (_signal, resume) => this.#parts.background.getTicket(resume),
      openSocket: this.#parts.openSocket,
    })
    this.#client = client
    this.#toldContext = ''
    const { events } = client
    events.on('state', (state) => {
      if (this.#client === client) this.#connectionChanged(state)
    })
    events.on('message', (message) => {
      if (this.#client === client) this.#receive(message)
    })
    events.on('speech', (frame) => {
      if (this.#client === client) this.#hear(frame)
    })
    client.start()
  }

  async #listen(audio: VoiceStart['microphone']): Promise<void> {
    const microphone: { closing: AbortController; open?: OpenMicrophone } = { closing: new AbortController() }
    this.#microphone = microphone
    const opening = await this.#parts.microphone.open(
      audio,
      {
        onFrame: ({ pcm, capturedAtMs, level }) => {
          this.#client?.sendAudio(pcm, capturedAtMs)
          if (!this.#outlet.isPanelClosed) this.#level.report(level)
        },
        onFlow: (flowing) => this.#apply({ type: 'microphone', flowing }),
        onLost: () => this.#fail('microphone-lost', 'The microphone ended while it was open.'),
      },
      microphone.closing.signal,
    )
    if (this.#microphone !== microphone) return
    if (!opening.ok) {
      this.#fail(opening.problem, opening.detail)
      return
    }
    microphone.open = opening.microphone
    opening.microphone.setMuted(this.state.muted)
  }

  #connectionChanged(state: RelayClientState): void {
    const end = this.#endOf(state)
    if (end === undefined) {
      // What came before a drop is all there is of that answer.
      if (state.name === 'reconnecting') this.#outlet.end(this.#turns.newest)
      this.#apply({ type: 'connection', state })
    } else if (end === 'bye') this.stop()
    else this.#fail(end.problem, end.detail)
  }

  /** Whether the conversation is over with this, and why. */
  #endOf(state: RelayClientState): 'bye' | { problem: VoiceProblem; detail: string } | undefined {
    if (state.name === 'closed') {
      const problem = problemOf(state)
      return problem === undefined ? 'bye' : { problem, detail: state.reason }
    }
    if (state.name !== 'reconnecting') return undefined
    if (state.code === CLOSE.brainUnavailable) return { problem: 'brain-unavailable', detail: state.reason }
    // A conversation that never began is not waited for: somebody has to start the relay.
    if (this.#conversation.sessionId === '') return { problem: 'relay-unreachable', detail: state.reason }
    return undefined
  }

  #receive(message: ServerMessage): void {
    const { sessionId } = this.#conversation
    if (message.type === 'session.ready' && message.sessionId !== sessionId) this.#newSession()
    if (message.type === 'turn.start') this.#turns.began(message.turn)
    this.#apply({ type: 'message', message })
    if (message.type === 'turn.interrupted') this.#outlet.interrupt(message.turn)
    else if (message.type === 'turn.complete') this.#complete(message.turn)
    else if (message.type === 'tool.call') this.#tools.call(message)
    else if (message.type === 'tool.cancel') this.#tools.cancel(message.callId)
    else if (message.type === 'session.state' && message.upstream === 'failed') {
      this.#fail('brain-unavailable', message.reason ?? '')
    }
  }

  #complete(turn: number): void {
    this.#turns.completed(turn)
    this.#outlet.end(turn)
  }

  #hear(frame: SpeechFrame): void {
    const turn = this.#turns.inFull(frame.turn)
    if (this.#outlet.isSilenced(turn)) return
    this.#turns.began(turn)
    this.#apply({ type: 'speech', turn })
    this.#outlet.speech(turn, frame.timeMs, new Uint8Array(frame.payload).buffer)
  }

  #played({ turn, playedMs, ended }: Played, cut: boolean): void {
    const isStopped = ended && (this.#turns.takeSilenced(turn) || cut)
    const report = { turn, playedMs: Math.round(playedMs) }
    if (isStopped) this.#client?.send({ type: 'turn.interrupt', ...report })
    else if (ended || this.#positions.isDue(turn, playedMs))
      this.#client?.send({ type: 'playback.position', ...report })
    if (ended) this.#apply({ type: 'spoken', turn })
  }

  /** Turns count from the start again. */
  #newSession(): void {
    this.#turns = new TurnCount()
    this.#outlet.forget()
  }

  #fail(problem: VoiceProblem, detail: string): void {
    const isMicrophone = problem.startsWith('microphone')
    if (isAnswering(this.#conversation)) this.#silence()
    this.#rest()
    // Without a microphone the conversation waits for another one; whatever else failed ends it.
    if (!isMicrophone || this.#conversation.sessionId === '') {
      const client = this.#client
      this.#client = undefined
      client?.end()
    }
    this.#apply({ type: 'failed', problem, detail })
  }

  #silence(): void {
    this.#turns.silence()
    this.#outlet.interrupt(this.#turns.newest)
  }

  /** Nothing is captured any more. */
  #rest(): void {
    this.#snapshots.stop()
    this.#shared({})
    this.#tools.cancelAll()
    if (this.#microphone === undefined) return
    this.#microphone.closing.abort()
    this.#microphone = undefined
    this.#client?.send({ type: 'audio.end' })
  }

  #shared(sharing: VoiceState['sharing']): void {
    this.#apply({ type: 'sharing', sharing })
  }

  #apply(event: VoiceEvent): void {
    const before = this.#conversation
    this.#conversation = conversationAfter(before, event)
    if (this.#conversation === before) return
    this.#parts.onState(this.state)
    this.#tellContext()
  }

  /** Tells the relay what is true now, when that changed. */
  #tellContext(): void {
    const context = contextOf(this.state, this.#page)
    const told = JSON.stringify(context)
    if (told === this.#toldContext || this.#client === undefined) return
    if (this.#client.send(context)) this.#toldContext = told
  }
}
