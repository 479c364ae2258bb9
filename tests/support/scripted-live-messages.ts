import { type ClientFrame, type ScriptedCall } from './scripted-live.ts'

/** Messages of Gemini Live's wire, as a server sends them. */

/** Speech of `ms` milliseconds: PCM16 24 kHz, a quiet ramp so that no two samples are alike by chance. */
export function speechPcm(ms: number, seed = 1): Buffer {
  const pcm = Buffer.alloc(Math.round(ms * 24) * 2)
  for (let sample = 0; sample < pcm.length / 2; sample++) {
    pcm.writeInt16LE((((sample * 31 + seed * 977) % 2000) - 1000) | 0, sample * 2)
  }
  return pcm
}

export function speech(pcm: Buffer): Record<string, unknown> {
  return { serverContent: { modelTurn: { role: 'model', parts: [audioPart(pcm)] } } }
}

export function audioPart(pcm: Buffer): Record<string, unknown> {
  return { inlineData: { mimeType: 'audio/pcm;rate=24000', data: pcm.toString('base64') } }
}

export function heard(text: string): Record<string, unknown> {
  return { serverContent: { inputTranscription: { text } } }
}

export function said(text: string): Record<string, unknown> {
  return { serverContent: { outputTranscription: { text } } }
}

export const interrupted = { serverContent: { interrupted: true } }
export const generationComplete = { serverContent: { generationComplete: true } }
export const turnComplete = { serverContent: { turnComplete: true } }

/** What a brain says that will hang up. @param timeLeft as protobuf writes a duration, e.g. `50s`; absent: not said */
export function goAway(timeLeft?: string): Record<string, unknown> {
  return { goAway: timeLeft === undefined ? {} : { timeLeft } }
}

/** A handle to resume with. */
export function resumable(handle: string): Record<string, unknown> {
  return { sessionResumptionUpdate: { newHandle: handle, resumable: true } }
}

/** In the middle of an answer nothing can be resumed. */
export const notResumable = { sessionResumptionUpdate: { resumable: false } }

/** The setup a client sent. */
export function setupOf(call: ScriptedCall): {
  readonly model: string
  readonly sessionResumption?: { readonly handle?: string }
  readonly systemInstruction: { readonly parts: readonly { readonly text: string }[] }
} {
  return call.received[0]!['setup'] as ReturnType<typeof setupOf>
}

export function toolCall(...calls: readonly { id: string; name: string; args?: object }[]): Record<string, unknown> {
  return { toolCall: { functionCalls: calls } }
}

/** Whether a client's frame is realtime input with this field: `audio`, `text`, `video`, `activityStart`, … */
export function isRealtime(field: string): (frame: ClientFrame) => boolean {
  return (frame) => field in ((frame['realtimeInput'] as object | undefined) ?? {})
}

/** The PCM or JPEG of a realtime frame. */
export function mediaOf(frame: ClientFrame, field: 'audio' | 'video'): Buffer {
  const input = frame['realtimeInput'] as Record<string, { data: string }>
  return Buffer.from(input[field]!.data, 'base64')
}

export function isToolResponse(frame: ClientFrame): boolean {
  return 'toolResponse' in frame
}

/** The answers to tool calls in a `toolResponse` frame. */
export function toolResponsesOf(frame: ClientFrame): readonly { id: string; name: string; response: object }[] {
  return (frame['toolResponse'] as { functionResponses: { id: string; name: string; response: object }[] })
    .functionResponses
}
