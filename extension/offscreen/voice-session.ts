import { type RelayClientState } from '../../shared/client/relay-client.ts'
import { type OpenSocket } from '../../shared/client/socket-port.ts'
import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type PageInFront, type SightRequest, type VoiceStart } from '../messaging/messages.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { type PauseReason, type VoiceProblem, type VoiceState } from '../messaging/voice-state.ts'
import { type LeftOff, type Played } from '../speaker/playback-messages.ts'
import { Answers } from './answers.ts'
import { type Background } from './background.ts'
import { ContextTeller } from './conversation-context.ts'
import { IdlePause, isSignOfLife } from './idle-pause.ts'
import { LevelReport } from './level-report.ts'
import { Listening } from './listening.ts'
import { type Microphone } from './microphone.ts'
import { PanelRoster } from './panel-roster.ts'
import { RelayLine } from './relay-line.ts'
import { setupChange } from './setup-change.ts'
import { type FrameEncoder } from './sight/frame-encoder.ts'
import { sourceOpener } from './sight/open-source.ts'
import { type SentPicture, Sight } from './sight/sight.ts'
import { type SpeechOutletOptions } from './speech-outlet.ts'
import { ToolCalls } from './tool-calls.ts'
import {
  type Conversation,
  conversationAfter,
  endOf,
  isAnswering,
  NO_CONVERSATION,
  type VoiceEvent,
  voiceStateOf,
} from './voice-state.ts'

/** Longer typed turns would end the conversation (docs/protocol.md §2.1). */
const MAX_TEXT_CHARACTERS = 8000

export interface VoiceSessionParts {
  readonly background: Background
  readonly microphone: Pick<Microphone, 'open' | 'whenBack'>
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
  readonly #context: ContextTeller
  readonly #panels = new PanelRoster()
  readonly #idle = new IdlePause(() => this.#quiet())
  #conversation: Conversation = NO_CONVERSATION
  #settings: VoiceSettings | undefined
  /** What the relay was asked for. */
  #asked: SessionSetup = {}
  /** Of the last change: what the relay cannot have in this conversation. */
  #later: readonly string[] = []

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
    this.#answers = new Answers({
      post,
      openSpeaker: parts.openSpeaker,
      send,
      tell,
      roundTripMs: () => this.#line.roundTripMs,
      onChange: () => parts.onState(this.state),
    })
    this.#listening = new Listening({
      microphone: parts.microphone,
      line: this.#line,
      tell,
      onLevel: (loudness) => {
        this.#sight.hear(loudness)
        this.#answers.hearPerson(loudness)
        if (!this.#answers.outlet.isPanelClosed) level.report(loudness)
      },
      onProblem: ({ problem, detail }) => this.#fail(problem, detail),
      onBack: (expected) => this.#microphoneIsBack(expected),
    })
    this.#context = new ContextTeller(this.#line)
    this.#tools = new ToolCalls(background.runTool, send)
    this.#sight = new Sight({
      openSource: sourceOpener(background),
      encoder: parts.encoder,
      send: (picture) => this.#sendPicture(picture),
      onChange: (sharing) => this.#apply({ type: 'sharing', sharing }),
    })
  }

  get state(): VoiceState {
    const state = voiceStateOf(this.#conversation)
    return { ...state, turns: this.#answers.shown(state.turns) }
  }

  /** As the person chose last; undefined before the first conversation. */
  get settings(): VoiceSettings | undefined {
    return this.#settings
  }

  /** Begins a conversation, or goes on with one that was paused. */
  start(start: VoiceStart): void {
    if (start.panelWindow !== undefined) this.talkHere(start.panelWindow)
    if (this.#listening.isOn) return
    const isFresh = !this.#line.isOpen
    this.#answers.outlet.panelExpected()
    if (isFresh) this.#asked = start.setup
    this.#context.begin(start.page)
    this.#apply({ type: 'started', fresh: isFresh, temporary: start.setup.temporary === true })
    if (isFresh) this.#line.open(start)
    this.applySettings(start)
    this.#listen(start)
  }

  /** What a person changed counts at once where it can; of the rest the state says when. */
  applySettings(settings: VoiceSettings): void {
    this.#settings = settings
    this.#answers.use(settings)
    this.#listening.apply(settings)
    this.#sight.apply(settings.sight)
    if (this.#listening.isOn) this.#idle.start(settings.talk.idlePauseMs)
    if (this.#line.isOpen) this.#changeSetup(settings.setup)
  }

  /** Says goodbye. `forgotten`: nothing of it is shown any more. */
  stop(as: 'stopped' | 'forgotten' = 'stopped'): void {
    this.#rest()
    this.#line.close()
    this.#answers.stop()
    this.#apply({ type: as })
  }

  setMuted(muted: boolean): void {
    this.#listening.setMuted(muted)
  }

  toggleMuted(): void {
    this.#listening.toggleMuted()
  }

  /** Hold-to-talk: pressed, or let go. */
  hold(held: boolean): void {
    if (held) this.#answers.endReplay()
    this.#listening.hold(held)
  }

  /** Falls silent; the next answer is spoken again. */
  stopSpeech(): void {
    if (this.#answers.endReplay()) return
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
    this.#answers.endReplay()
    this.#sight.wrote()
  }

  /** @param key of a `CaptionTurn` @returns false when the sound of its answer is not kept any more */
  playAgain(key: string): boolean {
    const turn = this.state.turns.find((shown) => shown.key === key)
    return turn?.sound !== undefined && this.#answers.playAgain(turn.turn)
  }

  /** Shows something, as long as it listens. */
  share(request: SightRequest): void {
    if (this.#listening.isOn) this.#sight.share(request)
  }

  stopSharing(): void {
    this.#sight.stop()
  }

  setPage(page: PageInFront | undefined): void {
    this.#context.setPage(page, this.state)
  }

  /** @param takesOver the person turned to that window's panel now */
  panelOpened(windowId: number, takesOver: boolean): void {
    this.#panels.opened(windowId, takesOver)
    if (this.#panels.owner === windowId) this.#answers.outlet.panelOpened(windowId)
    this.#tellPanel()
    this.#parts.post({ type: 'state', state: this.state })
  }

  /** The panel of this window is the one that plays now, or soon: it may still be on its way. */
  talkHere(windowId: number): void {
    this.#panels.opened(windowId, true)
    this.#tellPanel()
  }

  /** Without a panel nobody sees what is shown: that ends. Nor that it listens: it pauses, unless the person wants otherwise. */
  panelClosed(windowId: number, left?: LeftOff): void {
    if (!this.#panels.closed(windowId)) {
      if (left !== undefined) this.panelLeft(windowId, left)
      return
    }
    this.#sight.stop()
    this.#answers.panelClosed(left)
    if (this.#panels.owner !== undefined) this.#answers.outlet.panelOpened(this.#panels.owner)
    this.#tellPanel()
    this.#listening.hold(false)
    if (!this.#answers.outlet.keepTalking && this.#listening.isOn) this.#pause('panel-closed')
  }

  panelPlayed(played: Played): void {
    this.#answers.outlet.panelPlayed(played)
  }

  /** A panel plays no more, because another one is to. */
  panelLeft(windowId: number, left: LeftOff): void {
    this.#answers.outlet.panelLeft(windowId, left)
  }

  /** The panel is shown what was sent, byte for byte, and nothing else. */
  #sendPicture({ source, jpeg, capturedAtMs }: SentPicture): boolean {
    const isSent = this.#line.sendImage(new Uint8Array(jpeg), source, capturedAtMs)
    if (isSent) this.#parts.post({ type: 'preview', source, jpeg })
    return isSent
  }

  #listen(settings: VoiceSettings): void {
    this.#apply({ type: 'connection', state: this.#line.state })
    this.#idle.start(settings.talk.idlePauseMs)
    void this.#listening.start(settings)
  }

  #pause(reason: PauseReason): void {
    this.#rest()
    this.#apply({ type: 'stopped', paused: reason })
  }

  #quiet(): void {
    if (!this.#listening.isOn) return
    // An answer that is being heard is somebody talking.
    if (isAnswering(this.#conversation)) this.#idle.start(this.#settings?.talk.idlePauseMs ?? 0)
    else this.#pause('quiet')
  }

  /** What kept the microphone away is gone. */
  #microphoneIsBack(expected: boolean): void {
    if (!expected || this.#settings === undefined || !this.#line.isOpen) {
      this.#apply({ type: 'stopped' })
      return
    }
    this.#apply({ type: 'started', fresh: false })
    this.#listen(this.#settings)
  }

  #changeSetup(setup: SessionSetup): void {
    const { change, later } = setupChange(this.#asked, setup)
    this.#asked = { ...this.#asked, ...setup }
    this.#later = later
    if (Object.keys(change).length > 0) this.#line.send({ type: 'session.update', setup: change })
    else if (later.length > 0) this.#settingsTaken({ applied: [], deferred: [], refused: [] })
  }

  #settingsTaken({ applied, deferred, refused }: Omit<ServerMessageOf<'session.updated'>, 'type'>): void {
    this.#parts.post({ type: 'settings-taken', applied, deferred, refused, later: this.#later })
    this.#later = []
  }

  #connectionChanged(state: RelayClientState): void {
    const end = endOf(state, this.#conversation.sessionId)
    if (end === undefined) {
      if (state.name === 'reconnecting') this.#answers.dropped()
      this.#apply({ type: 'connection', state })
    } else if (end === 'bye') this.stop()
    else this.#fail(end.problem, end.detail)
  }

  #receive(message: ServerMessage): void {
    const { sessionId } = this.#conversation
    if (message.type === 'session.ready' && message.sessionId !== sessionId) this.#answers.newSession()
    if (message.type === 'turn.start') this.#answers.began(message.turn)
    this.#apply({ type: 'message', message })
    this.#answers.receive(message)
    if (message.type === 'tool.call') this.#tools.call(message)
    else if (message.type === 'tool.cancel') this.#tools.cancel(message.callId)
    else if (message.type === 'session.updated') this.#settingsTaken(message)
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
    this.#idle.stop()
  }

  #tellPanel(): void {
    this.#apply({ type: 'panel', window: this.#panels.owner })
  }

  #apply(event: VoiceEvent): void {
    if (isSignOfLife(event)) this.#idle.touch()
    const before = this.#conversation
    this.#conversation = conversationAfter(before, event)
    if (this.#conversation === before) return
    this.#parts.onState(this.state)
    this.#context.tell(this.state)
  }
}
