import { randomUUID } from 'node:crypto'
import { AudioInput } from './audio-input.ts'
import { type Question, type Reply } from './answer/intent.ts'
import { type Conversation } from './conversation.ts'
import { Dialogue } from './dialogue.ts'
import { Hearing } from './hearing.ts'
import { type Listener } from './listen/listener.ts'
import { type Outlet } from './model-turn.ts'
import { type Resumptions } from './resumption.ts'
import { inspectImage, type ShownImage } from './shown-image.ts'
import { type Speaker } from './speak/speaker.ts'
import { turnRulesOf, type TurnRules } from './turn-rules.ts'
import { UsageMeter } from './usage-meter.ts'
import { type ClientContent, type ClientMessage, type RealtimeInput } from './wire/client-message.ts'
import { CLOSING, internalError, type Closing } from './wire/closing.ts'
import { textOf, type Blob } from './wire/content-schema.ts'
import { type ModelRules } from './wire/models.ts'
import { type FunctionDeclaration, type Setup } from './wire/setup-schema.ts'

/** What all sessions of a server share. */
export interface Brain {
  readonly listener: Listener
  readonly speaker: Speaker
  readonly resumptions: Resumptions
  readonly answer: (question: Omit<Question, 'plain'>) => Reply
  readonly now: () => Date
}

export interface SessionOutlet extends Outlet {
  close(closing: Closing): void
  /** Stops or goes on reading from the client. */
  setPaused(paused: boolean): void
}

/** One conversation after its setup: takes the client's messages, speaks through its outlet. */
export class LiveSession {
  readonly #id = randomUUID()
  readonly #setup: Setup
  readonly #rules: ModelRules
  readonly #turnRules: TurnRules
  readonly #brain: Brain
  readonly #outlet: SessionOutlet
  readonly #audio = new AudioInput()
  readonly #usage = new UsageMeter()
  readonly #conversation: Conversation
  readonly #hearing: Hearing
  readonly #dialogue: Dialogue
  #tools: readonly FunctionDeclaration[]
  /** Whether clientContent is history to be read, not a turn (historyConfig). */
  #seeding: boolean
  #shown: { readonly image: ShownImage; readonly at: number } | undefined

  constructor(setup: Setup, rules: ModelRules, brain: Brain, outlet: SessionOutlet, conversation: Conversation) {
    this.#setup = setup
    this.#rules = rules
    this.#brain = brain
    this.#outlet = outlet
    this.#conversation = conversation
    this.#turnRules = turnRulesOf(setup)
    this.#tools = setup.tools.flatMap((tool) => tool.functionDeclarations)
    this.#seeding = setup.historyConfig?.initialHistoryInClientContent === true
    this.#dialogue = this.#openDialogue()
    this.#hearing = this.#openHearing()
  }

  /** Says that the setup is complete; everything else comes after. */
  open(): void {
    this.#outlet.send({ setupComplete: { sessionId: this.#id } })
    this.#tellHandle(true)
  }

  /** @returns why the client cannot go on, if it cannot */
  take(message: ClientMessage): Closing | undefined {
    switch (message.type) {
      case 'setup':
        return CLOSING.setupFirst
      case 'realtimeInput':
        return this.#takeRealtimeInput(message.body)
      case 'clientContent':
        return this.#takeContent(message.body)
      case 'toolResponse':
        return message.body.functionResponses.every((response) => this.#dialogue.toolAnswered(response))
          ? undefined
          : CLOSING.entityNotFound
      case 'contextUpdate':
        if (message.body.tools !== undefined) {
          this.#tools = message.body.tools.tools.flatMap((tool) => tool.functionDeclarations)
        }
        return undefined
    }
  }

  close(): void {
    this.#dialogue.close()
    this.#hearing.close()
    this.#brain.resumptions.connectionEnded(this.#id)
  }

  #takeRealtimeInput(input: RealtimeInput): Closing | undefined {
    if (input.mediaChunks !== undefined && !this.#rules.mediaChunks) return CLOSING.mediaChunks
    const blobs = [...(input.mediaChunks ?? []), ...[input.audio, input.video].filter((blob) => blob !== undefined)]
    // The order of a turn: it starts, then its sound and pictures, then it ends.
    const closing =
      (input.activityStart === undefined ? undefined : this.#activity('activityStart')) ??
      blobs.map((blob) => this.#takeMedia(blob)).find((refusal) => refusal !== undefined) ??
      (input.activityEnd === undefined ? undefined : this.#activity('activityEnd'))
    if (closing !== undefined) return closing
    if (input.audioStreamEnd === true) this.#endAudio()
    if (input.text !== undefined && input.text.trim() !== '') {
      this.#dialogue.activityStarted()
      this.#usage.read(input.text)
      this.#dialogue.ask(input.text, 'typed')
    }
    return undefined
  }

  #activity(type: 'activityStart' | 'activityEnd'): Closing | undefined {
    return this.#hearing.activity(type) ? undefined : CLOSING.explicitActivity
  }

  #takeMedia(blob: Blob): Closing | undefined {
    if (blob.mimeType.startsWith('image/')) return this.#takeImage(blob)
    const frames = this.#audio.push(blob)
    frames?.forEach((frame) => this.#hearing.hear(frame))
    return frames === undefined ? CLOSING.invalidArgument : undefined
  }

  #takeImage(blob: Blob): Closing | undefined {
    const image = inspectImage(Buffer.from(blob.data, 'base64'))
    if (image === undefined) return CLOSING.invalidArgument
    this.#shown = { image, at: performance.now() }
    this.#usage.saw()
    return undefined
  }

  #endAudio(): void {
    const rest = this.#audio.flush()
    if (rest !== undefined) this.#hearing.hear(rest)
    this.#hearing.streamEnd()
  }

  /** Turns as content: a seed, something to be answered, or merely a reason to fall silent. */
  #takeContent({ turns, turnComplete }: ClientContent): Closing | undefined {
    const parts = turns.flatMap((turn) => turn.parts)
    if (parts.some((part) => part.functionCall !== undefined || part.functionResponse !== undefined)) {
      return CLOSING.invalidArgument
    }
    if (this.#rules.explicitRoles && turns.some((turn) => turn.role === undefined)) return CLOSING.invalidArgument
    const pictures = parts.flatMap((part) => part.inlineData ?? []).filter((blob) => blob.mimeType.startsWith('image/'))
    const refusal = pictures.map((blob) => this.#takeImage(blob)).find((closing) => closing !== undefined)
    if (refusal !== undefined) return refusal
    this.#dialogue.interrupt()
    turns.forEach((turn) => this.#conversation.add(turn.role === 'model' ? 'model' : 'user', textOf(turn)))
    if (turnComplete) this.#answerContent()
    else this.#dialogue.floorIsFree()
    return undefined
  }

  #answerContent(): void {
    if (this.#seeding) {
      this.#seeding = false
      return
    }
    const words = this.#conversation.takeQuestion()
    this.#usage.read(words)
    if (words === '') this.#dialogue.askNothing()
    else this.#dialogue.ask(words, 'typed')
  }

  #openDialogue(): Dialogue {
    return new Dialogue({
      outlet: this.#outlet,
      speaker: this.#brain.speaker,
      answer: this.#brain.answer,
      now: this.#brain.now,
      conversation: this.#conversation,
      usage: this.#usage,
      rules: this.#rules,
      transcribe: this.#setup.outputAudioTranscription !== undefined,
      interruptible: this.#turnRules.interruptible,
      tools: () => this.#tools,
      shown: () => this.#shown && { image: this.#shown.image, agoMs: performance.now() - this.#shown.at },
      isUserSpeaking: () => this.#hearing.userSpeaking,
      onResumable: (resumable) => this.#tellHandle(resumable),
      onFailure: (error) => this.#fail(error),
    })
  }

  #openHearing(): Hearing {
    const transcribe = this.#setup.inputAudioTranscription !== undefined
    return new Hearing(this.#brain.listener.open(), this.#turnRules, {
      onSpeechStart: () => this.#dialogue.activityStarted(),
      onGuess: (words) => this.#dialogue.expect(words),
      onWords: (text, finished) => {
        if (transcribe) this.#outlet.send({ serverContent: { inputTranscription: { text, finished } } })
      },
      onUtterance: (words, durationMs) => {
        this.#usage.heard(durationMs)
        if (words === '') this.#dialogue.floorIsFree()
        else this.#dialogue.ask(words, 'said')
      },
      onFull: (full) => this.#outlet.setPaused(full),
      onFailure: (error) => this.#fail(error),
      isAssistantSpeaking: () => this.#dialogue.isModelsTurn,
    })
  }

  #tellHandle(resumable: boolean): void {
    if (this.#setup.sessionResumption === undefined) return
    const { resumptions } = this.#brain
    const saved = { model: this.#setup.model, entries: this.#conversation.entries }
    const newHandle = resumable ? resumptions.save(this.#id, saved) : ''
    this.#outlet.send({ sessionResumptionUpdate: { newHandle, resumable } })
  }

  #fail(error: unknown): void {
    this.#outlet.close(internalError(error instanceof Error ? error.message : 'unknown'))
  }
}
