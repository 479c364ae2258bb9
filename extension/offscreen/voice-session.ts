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
import { Snapshots } from './snapshots.ts'
import { SpeechOutlet, type SpeechOutletOptions } from './speech-outlet.ts'
import { ToolCalls } from './tool-calls.ts'
import {
  type Conversation,
  conversationAfter,
  isAnswering,
  NO_CONVERSATION,
  problemOf,
  type VoiceEvent,
  voiceStateOf,
} from './voice-state.ts'

export interface VoiceSessionParts {
  readonly background: Background
  readonly microphone: Microphone
  readonly encoder: FrameEncoder
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
  #newestTurn = 0
  /** The person silenced this turn and those before it; the relay hears so together with how far it was heard. */
  #stoppedTurn = -1

  constructor(parts: VoiceSessionParts) {
    const { background, encoder, post } = parts
    this.#parts = parts
    this.#level = new LevelReport((microphone) => post({ type: 'level', microphone }))
    this.#outlet = new SpeechOutlet({
      post,
      openSpeaker: parts.openSpeaker,
      onPlayed: (played) => this.#played(played),
    })
    this.#tools = new ToolCalls(background.runTool, (result) => this.#client?.send(result))
    this.#snapshots = new Snapshots({
      captureTab: background.captureTab,
      encode: (request) => encoder.encode(request),
      send: (jpeg, capturedAtMs) => this.#client?.sendImage(jpeg, 'tab', capturedAtMs) ?? false,
      preview: (jpeg) => post({ type: 'preview', jpeg }),
      onStopped: (problem) => this.#shared({ tab: false, problem }),
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
    void this.#listen(start.audio)
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
    if (isAnswering(this.#conversation)) this.#silence()
  }

  /**
   * Says something in writing; it interrupts speech like a word that is spoken.
   *
   * @throws when there is no conversation
   */
  sendText(text: string): void {
    const sent = this.#client?.send({ type: 'text.send', id: crypto.randomUUID(), text }) ?? false
    if (!sent) throw new Error('There is no conversation that could take this text.')
  }

  setTabSharing(shared: boolean): void {
    if (shared && this.#microphone === undefined) return
    if (shared) this.#snapshots.start()
    else this.#snapshots.stop()
    this.#shared({ tab: shared })
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
    if (pauses) this.#stoppedTurn = this.#newestTurn
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
      getTicket: this.#parts.background.getTicket,
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

  async #listen(audio: VoiceStart['audio']): Promise<void> {
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
    this.#apply({ type: 'connection', state })
    if (state.name === 'reconnecting') {
      if (state.code === CLOSE.brainUnavailable) this.#fail('brain-unavailable', state.reason)
      else if (this.#conversation.sessionId === '') this.#fail('relay-unreachable', state.reason)
      // What came before the drop is all there is of that answer.
      else this.#outlet.end(this.#newestTurn)
    }
    if (state.name === 'closed') {
      const problem = problemOf(state)
      this.#client = undefined
      if (problem === undefined) this.stop()
      else this.#fail(problem, state.reason)
    }
  }

  #receive(message: ServerMessage): void {
    const { sessionId } = this.#conversation
    if (message.type === 'session.ready' && message.sessionId !== sessionId) this.#newSession()
    if (message.type === 'turn.start') this.#newestTurn = Math.max(this.#newestTurn, message.turn)
    this.#apply({ type: 'message', message })
    if (message.type === 'turn.interrupted') this.#outlet.interrupt(message.turn)
    else if (message.type === 'turn.complete') this.#outlet.end(message.turn)
    else if (message.type === 'tool.call') this.#tools.call(message)
    else if (message.type === 'tool.cancel') this.#tools.cancel(message.callId)
    else if (message.type === 'session.state' && message.upstream === 'failed') {
      this.#fail('brain-unavailable', message.reason ?? '')
    }
  }

  #hear(frame: SpeechFrame): void {
    const turn = this.#newestTurn + serialDistance(this.#newestTurn, frame.turn)
    if (this.#outlet.isSilenced(turn)) return
    this.#newestTurn = Math.max(this.#newestTurn, turn)
    this.#apply({ type: 'speech', turn })
    this.#outlet.speech(turn, frame.timeMs, new Uint8Array(frame.payload).buffer)
  }

  #played({ turn, playedMs, ended }: Played): void {
    const isStopped = ended && turn <= this.#stoppedTurn
    if (isStopped) this.#stoppedTurn = -1
    const type = isStopped ? 'turn.interrupt' : 'playback.position'
    this.#client?.send({ type, turn, playedMs: Math.round(playedMs) })
    if (ended) this.#apply({ type: 'spoken', turn })
  }

  /** Turns count from the start again. */
  #newSession(): void {
    this.#newestTurn = 0
    this.#stoppedTurn = -1
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
    this.#stoppedTurn = this.#newestTurn
    this.#outlet.interrupt(this.#newestTurn)
  }

  /** Nothing is captured any more. */
  #rest(): void {
    this.#snapshots.stop()
    this.#shared({ tab: false })
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

/** How far a turn that travels modulo 65 536 is from one that is known in full: −32 768 to 32 767. */
function serialDistance(known: number, turn: number): number {
  return ((turn - known + 0x8000) & 0xffff) - 0x8000
}
