import { type History } from './history/history.ts'
import { type ClientFrame, type ScriptedCall, type ScriptedLive, startScriptedLive } from './scripted-live.ts'
import {
  heard,
  interrupted,
  isRealtime,
  isToolResponse,
  mediaOf,
  said,
  speech,
  speechPcm,
  toolCall,
  toolResponsesOf,
  turnComplete,
} from './scripted-live-messages.ts'
import { readMarkedFrames } from './marked-sound.ts'

export interface TalkingBrainOptions {
  readonly history: History
  /** How long an answer speaks, in pieces of 40 ms that come as fast as this many a tick. */
  readonly pieces?: number
  /** From piece to piece, ms. */
  readonly pieceMs?: number
}

/** Words in a typed turn that make the brain use the browser's tool before it answers. */
export const USE_TOOL = 'use the tool'

/** The tool the brain uses; talking clients offer it. */
export const TOOL_NAME = 'look_up'

/**
 * A brain that answers whatever it is told, by voice or typed, and writes down what it heard. It stops when it is spoken to,
 * as Gemini Live does.
 */
export async function startTalkingBrain(options: TalkingBrainOptions): Promise<ScriptedLive> {
  const { history } = options
  let calls = 0
  const speakers = new WeakMap<ScriptedCall, Speaker>()
  return startScriptedLive({
    record: false,
    onSetup: (call) => {
      const speaker = new Speaker(call, ++calls, options)
      speakers.set(call, speaker)
      history.add({ event: 'brain', call: calls, what: 'called' })
      call.send({ setupComplete: {} })
    },
    onFrame: (call, frame) => speakers.get(call)?.hear(frame),
  })
}

/** One connection of the brain. */
class Speaker {
  readonly #call: ScriptedCall
  readonly #number: number
  readonly #options: TalkingBrainOptions
  /** What is being said. */
  #answer: { readonly timer: NodeJS.Timeout } | undefined
  #turns = 0

  constructor(call: ScriptedCall, number: number, options: TalkingBrainOptions) {
    this.#call = call
    this.#number = number
    this.#options = options
    void call.closed.then(() => clearInterval(this.#answer?.timer))
  }

  hear(frame: ClientFrame): void {
    if (isRealtime('audio')(frame)) this.#sound(mediaOf(frame, 'audio'))
    else if (isRealtime('text')(frame)) this.#text((frame['realtimeInput'] as { text: string }).text)
    else if (isToolResponse(frame)) this.#toolAnswered(frame)
  }

  #sound(pcm: Buffer): void {
    for (const { client, seq, endOf } of readMarkedFrames(pcm)) {
      this.#options.history.add({ event: 'brain', call: this.#number, what: 'audio', client, seq })
      if (endOf === undefined) continue
      this.#stop()
      this.#call.send(heard(`${client} says number ${endOf}.`))
      this.#speak(`I heard number ${endOf} of ${client}.`)
    }
  }

  #text(text: string): void {
    this.#options.history.add({ event: 'brain', call: this.#number, what: 'text', text })
    this.#stop()
    if (!text.includes(USE_TOOL)) {
      this.#speak(`The answer to: ${text}`)
      return
    }
    const callId = `call-${this.#number}-${++this.#turns}`
    this.#options.history.add({ event: 'brain', call: this.#number, what: 'tool called', callId })
    this.#call.send(toolCall({ id: callId, name: TOOL_NAME, args: { text } }))
  }

  #toolAnswered(frame: ClientFrame): void {
    for (const { id } of toolResponsesOf(frame)) {
      this.#options.history.add({ event: 'brain', call: this.#number, what: 'tool answered', callId: id })
      this.#speak(`Done as call ${id}.`)
    }
  }

  #speak(words: string): void {
    const { pieces = 4, pieceMs = 5 } = this.#options
    this.#stop()
    this.#turns++
    let left = pieces
    this.#call.send(said(words))
    const timer = setInterval(() => {
      if (left-- > 0) this.#call.send(speech(speechPcm(40, left)))
      else this.#end()
    }, pieceMs)
    this.#answer = { timer }
  }

  #end(): void {
    clearInterval(this.#answer?.timer)
    this.#answer = undefined
    this.#call.send(turnComplete)
    const newHandle = `handle-${this.#number}-${this.#turns}`
    this.#call.send({ sessionResumptionUpdate: { newHandle, resumable: true } })
  }

  #stop(): void {
    if (this.#answer === undefined) return
    this.#call.send(interrupted)
    this.#end()
  }
}
