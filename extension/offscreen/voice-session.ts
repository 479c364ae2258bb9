import { type RelayClientState } from '../../shared/client/relay-client.ts'
import { type OpenSocket } from '../../shared/client/socket-port.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type PageInFront, type SightRequest, type VoiceStart } from '../messaging/messages.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type VoiceProblem, type VoiceState } from '../messaging/voice-state.ts'
import { type Played } from '../speaker/playback-messages.ts'
import { Answers } from './answers.ts'
import { type Background } from './background.ts'
import { contextOf } from './conversation-context.ts'
import { LevelReport } from './level-report.ts'
import { Listening } from './listening.ts'
import { type Microphone } from './microphone.ts'
import { RelayLine } from './relay-line.ts'
import { type FrameEncoder } from './sight/frame-encoder.ts'
import { sourceOpener } from './sight/open-source.ts'
import { type SentPicture, Sight } from './sight/sight.ts'
import { type SpeechOutletOptions } from './speech-outlet.ts'
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
  readonly #line: RelayLine
  readonly #listening: Listening
  readonly #answers: Answers
  readonly #sight: Sight
  readonly #tools: ToolCalls
  #conversation: Conversation = NO_CONVERSATION
  #page: PageInFront | undefined
  #toldContext = ''

  constructor(parts: VoiceSessionParts) {
    const { background, post } = parts
    const tell = (event: VoiceEvent) => this.#apply(event)
    const send: RelayLine['send'] = (message) => this.#line.send(message)
    const level = new LevelReport((microphone) => post({ type: 'level', microphone }))
    this.#parts = parts
    this.#line = new RelayLine({
      getTicket: background.getTicket,
      openSocket: parts.openSocket,
      onState: (state) => this.#connectionChanged(state),
      onMessage: (message) => this.#receive(message),
      onSpeech: (frame) => this.#answers.hear(frame),
    })
    this.#answers = new Answers({ post, openSpeaker: parts.openSpeaker, send, tell })
    this.#listening = new Listening({
      microphone: parts.microphone,
      line: this.#line,
      tell,
      onLevel: (loudness) => {
        this.#sight.hear(loudness)
        if (!this.#answers.outlet.isPanelClosed) level.report(loudness)
      },
      onProblem: (problem, detail) => this.#fail(problem, detail),
    })
    this.#tools = new ToolCalls(background.runTool, send)
    this.#sight = new Sight({
      openSource: sourceOpener(background),
      encoder: parts.encoder,
      send: (picture) => this.#sendPicture(picture),
      onChange: (sharing) => this.#apply({ type: 'sharing', sharing }),
    })
  }

  get state(): VoiceState {
    return voiceStateOf(this.#conversation)
  }

  /** Begins a conversation, or goes on with one that was paused. */
  start(start: VoiceStart): void {
    if (this.#listening.isOn) return
    const isFresh = !this.#line.isOpen
    this.#answers.outlet.keepTalking = start.keepTalking
    this.#answers.outlet.panelExpected()
    this.#page = start.page
    this.#sight.apply(start.sight)
    this.#apply({ type: 'started', fresh: isFresh })
    if (isFresh) {
      this.#toldContext = ''
      this.#line.open(start)
    }
    this.#apply({ type: 'connection', state: this.#line.state })
    void this.#listening.start(start)
  }

  /** Says goodbye. */
  stop(): void {
    this.#rest()
    this.#line.close()
    this.#answers.outlet.forget()
    this.#apply({ type: 'stopped' })
  }

  setMuted(muted: boolean): void {
    this.#listening.setMuted(muted)
  }

  /** Falls silent; the next answer is spoken again. */
  stopSpeech(): void {
    if (isAnswering(this.#conversation) || this.#answers.isOpen) this.#answers.silence()
  }

  /**
   * Says something in writing; it interrupts speech like a word that is spoken.
   *
   * @param text at most 8 000 characters
   * @throws when there is no conversation that could take it
   */
  sendText(text: string): void {
    if (text.length > MAX_TEXT_CHARACTERS) throw new Error(`The text is longer than ${MAX_TEXT_CHARACTERS} characters.`)
    const sent = this.#line.send({ type: 'text.send', id: crypto.randomUUID(), text })
    if (!sent) throw new Error('There is no conversation that could take this text.')
    this.#sight.wrote()
  }

  /** Shows something, as long as it listens. */
  share(request: SightRequest): void {
    if (this.#listening.isOn) this.#sight.share(request)
  }

  stopSharing(): void {
    this.#sight.stop()
  }

  setPage(page: PageInFront | undefined): void {
    this.#page = page
    this.#tellContext()
  }

  panelOpened(): void {
    this.#answers.outlet.panelOpened()
    this.#parts.post({ type: 'state', state: this.state })
  }

  /** Without a panel nobody sees what is shown: that ends. Nor that it listens: it pauses, unless the person wants otherwise. */
  panelClosed(): void {
    this.#sight.stop()
    this.#answers.panelClosed()
    if (this.#answers.outlet.keepTalking || !this.#listening.isOn) return
    this.#rest()
    this.#apply({ type: 'stopped' })
  }

  panelPlayed(played: Played): void {
    this.#answers.outlet.panelPlayed(played)
  }

  /** The panel is shown what was sent, byte for byte, and nothing else. */
  #sendPicture({ source, jpeg, capturedAtMs }: SentPicture): boolean {
    const isSent = this.#line.sendImage(new Uint8Array(jpeg), source, capturedAtMs)
    if (isSent) this.#parts.post({ type: 'preview', source, jpeg })
    return isSent
  }

  #connectionChanged(state: RelayClientState): void {
    const end = this.#endOf(state)
    if (end === undefined) {
      if (state.name === 'reconnecting') this.#answers.dropped()
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
    if (message.type === 'session.ready' && message.sessionId !== sessionId) this.#answers.newSession()
    if (message.type === 'turn.start') this.#answers.began(message.turn)
    this.#apply({ type: 'message', message })
    this.#answers.receive(message)
    if (message.type === 'tool.call') this.#tools.call(message)
    else if (message.type === 'tool.cancel') this.#tools.cancel(message.callId)
    else if (message.type === 'session.state' && message.upstream === 'failed') {
      this.#fail('brain-unavailable', message.reason ?? '')
    }
  }

  #fail(problem: VoiceProblem, detail: string): void {
    const isMicrophone = problem.startsWith('microphone')
    if (isAnswering(this.#conversation)) this.#answers.silence()
    this.#rest()
    // Without a microphone the conversation waits for another one; whatever else failed ends it.
    if (!isMicrophone || this.#conversation.sessionId === '') this.#line.close()
    this.#apply({ type: 'failed', problem, detail })
  }

  /** Nothing is captured any more. */
  #rest(): void {
    this.#sight.stop()
    this.#tools.cancelAll()
    this.#listening.stop()
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
    if (told !== this.#toldContext && this.#line.send(context)) this.#toldContext = told
  }
}
