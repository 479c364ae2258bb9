import {
  FunctionResponse,
  GoogleGenAI,
  LiveSendToolResponseParameters,
  Modality,
  type LiveConnectConfig,
  type LiveServerMessage,
  type Session,
} from '@google/genai'
import { pcm16FromBytes, pcm16ToBytes, pcm16ToFloat, floatToPcm16 } from '../../shared/audio/pcm16.ts'
import { MICROPHONE_RATE_HZ, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { loadSamples, recordingPath } from '../support/fixtures.ts'

const MODEL = 'gemini-3.8-live'
/** 32 ms of PCM16. */
const FRAME_BYTES = 1024
const FRAME_MS = 32

export interface CallerOptions {
  readonly url: string
  readonly model?: string
  readonly config?: LiveConnectConfig
  readonly apiKey?: string
  readonly apiVersion?: string
}

/** Somebody who talks to a Live server with Google's own SDK and keeps everything it says. */
export class Caller {
  readonly session: Session
  readonly messages: readonly LiveServerMessage[]
  /** Of the close frame, once there was one. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #arrival: EventTarget

  private constructor(
    session: Session,
    messages: readonly LiveServerMessage[],
    closed: Caller['closed'],
    arrival: EventTarget,
  ) {
    this.session = session
    this.messages = messages
    this.closed = closed
    this.#arrival = arrival
  }

  static async call({
    url,
    model = MODEL,
    config,
    apiKey = 'any',
    apiVersion = 'v1beta',
  }: CallerOptions): Promise<Caller> {
    const messages: LiveServerMessage[] = []
    const arrival = new EventTarget()
    const { promise: closed, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
    const ai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url, apiVersion } })
    const session = await ai.live.connect({
      model,
      config: {
        responseModalities: [Modality.AUDIO],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        ...config,
      },
      callbacks: {
        onmessage: (message) => {
          messages.push(message)
          arrival.dispatchEvent(new Event('message'))
        },
        onclose: ({ code, reason }) => resolve({ code, reason }),
      },
    })
    return new Caller(session, messages, closed, arrival)
  }

  /** Waits for a message like that, from the `from`-th on. @returns its index */
  async heard(wanted: (message: LiveServerMessage) => boolean, from = 0): Promise<number> {
    for (;;) {
      const index = this.messages.findIndex((message, at) => at >= from && wanted(message))
      if (index >= 0) return index
      await new Promise((resolve) => {
        this.#arrival.addEventListener('message', resolve, { once: true })
      })
    }
  }

  /** Waits for the end of the turn that is going on. @returns the index of the last message */
  turnComplete(from = 0): Promise<number> {
    return this.heard((message) => message.serverContent?.turnComplete === true, from)
  }

  /** Speaks a recording and a second of silence: all at once, or as a microphone would. */
  async speak(name: string, pace: 'at once' | 'real time' = 'at once'): Promise<void> {
    const { samples } = await loadSamples(recordingPath(name))
    const spoken = new Float32Array(samples.length + MICROPHONE_RATE_HZ)
    spoken.set(samples)
    await this.play(spoken, pace)
  }

  /** @param samples of a microphone: 16 kHz, ±1.0 */
  async play(samples: Float32Array, pace: 'at once' | 'real time'): Promise<void> {
    const bytes = pcm16ToBytes(floatToPcm16(samples))
    const started = performance.now()
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      const dueMs = started + (at / FRAME_BYTES) * FRAME_MS - performance.now()
      if (pace === 'real time' && dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
      this.sendAudio(bytes.subarray(at, at + FRAME_BYTES))
    }
  }

  sendAudio(bytes: Uint8Array): void {
    const data = Buffer.from(bytes).toString('base64')
    this.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } })
  }

  type(text: string): void {
    this.session.sendRealtimeInput({ text })
  }

  /** Answers a function call; the SDK's types want instances of its classes. */
  answerTool(answer: Partial<FunctionResponse>): void {
    const parameters = new LiveSendToolResponseParameters()
    parameters.functionResponses = [Object.assign(new FunctionResponse(), answer)]
    this.session.sendToolResponse(parameters)
  }

  /** What the model said in words, from the `from`-th message on. */
  saidText(from = 0): string {
    return this.messages
      .slice(from)
      .map((message) => message.serverContent?.outputTranscription?.text ?? '')
      .join('')
  }

  /** What was recognised of the user. */
  heardText(from = 0): string {
    return this.messages
      .slice(from)
      .map((message) => message.serverContent?.inputTranscription?.text ?? '')
      .join('')
  }

  /** What the model said, as sound. */
  saidSound(from = 0): { readonly samples: Float32Array; readonly rateHz: number } {
    const chunks = this.messages.slice(from).flatMap(soundOf)
    const bytes = Buffer.concat(chunks)
    return { samples: pcm16ToFloat(pcm16FromBytes(bytes)), rateHz: SPEECH_RATE_HZ }
  }

  hangUp(): void {
    this.session.close()
  }
}

/** The sound in a message. */
export function soundOf(message: LiveServerMessage): readonly Buffer[] {
  const parts = message.serverContent?.modelTurn?.parts ?? []
  return parts.flatMap(({ inlineData }) => {
    if (inlineData?.data === undefined) return []
    if (inlineData.mimeType !== 'audio/pcm;rate=24000') throw new Error(`sound of type ${inlineData.mimeType}`)
    return [Buffer.from(inlineData.data, 'base64')]
  })
}

/** The kinds of things messages say, in order: 'audio', 'interrupted', 'turnComplete', … */
export function kindsOf(messages: readonly LiveServerMessage[]): string[] {
  return messages.flatMap(({ serverContent, ...others }) => [
    ...Object.keys({ ...others }).filter((key) => others[key as keyof typeof others] !== undefined),
    ...Object.entries(serverContent ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([key]) => (key === 'modelTurn' ? 'audio' : key)),
  ])
}
