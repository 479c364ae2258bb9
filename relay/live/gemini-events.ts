import { type FunctionCall, type LiveServerContent, type LiveServerMessage, type Part } from '@google/genai'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { usageOf } from './gemini-usage.ts'
import { type LiveEvent, type LiveToolCall } from './live-model.ts'

/**
 * What one message of Gemini Live says, in the order in which it is to be acted on. Pure.
 *
 * A message may carry several fields at once (audio, transcript, turnComplete and usage are common together), so every
 * field is looked at, never else-if. `interrupted` comes first: what else the message holds belongs to the cut answer.
 * Words come before the sound they arrived with, so that they start at its position. Usage comes before the end of the
 * turn it counts.
 */
export function liveEventsOf(message: LiveServerMessage): readonly LiveEvent[] {
  const events: LiveEvent[] = []
  if (message.serverContent !== undefined) addContent(events, message.serverContent)
  addToolCalls(events, message)
  if (message.serverContent?.generationComplete === true) events.push({ type: 'generationComplete' })
  if (message.usageMetadata !== undefined) events.push(usageOf(message.usageMetadata))
  if (message.serverContent?.turnComplete === true) events.push(turnCompleteOf(message.serverContent))
  addConnectionNews(events, message)
  return events
}

function addContent(events: LiveEvent[], content: LiveServerContent): void {
  if (content.interrupted === true) events.push({ type: 'interrupted' })
  const input = content.inputTranscription
  if (input !== undefined && (input.text !== undefined || input.finished === true)) {
    events.push({ type: 'inputTranscript', text: input.text ?? '', finished: input.finished === true })
  }
  const output = content.outputTranscription?.text
  if (output !== undefined && output !== '') events.push({ type: 'outputTranscript', text: output })
  for (const part of content.modelTurn?.parts ?? []) addAudio(events, part)
}

/** Text parts are the model's thoughts; what it says is in the transcription. */
function addAudio(events: LiveEvent[], part: Part): void {
  const { mimeType, data } = part.inlineData ?? {}
  if (data === undefined || mimeType?.startsWith('audio/pcm') !== true) return
  // Base64 is decoded here, or in gemini-audio-shape.ts: once.
  const event = audioEventOf(Buffer.from(data, 'base64'))
  if (event !== undefined) events.push(event)
}

/** @returns undefined where there is not one sample */
export function audioEventOf(pcm: Buffer): LiveEvent | undefined {
  if (pcm.length < 2) return undefined
  return { type: 'audio', pcm: pcm.length % 2 === 0 ? pcm : pcm.subarray(0, -1) }
}

function addToolCalls(events: LiveEvent[], { toolCall, toolCallCancellation }: LiveServerMessage): void {
  const ids = toolCallCancellation?.ids ?? []
  if (ids.length > 0) events.push({ type: 'toolCallCancellation', ids })
  const calls = toolCall?.functionCalls ?? []
  if (calls.length > 0) events.push({ type: 'toolCall', calls: calls.map(toolCallOf) })
}

function addConnectionNews(events: LiveEvent[], { sessionResumptionUpdate, goAway }: LiveServerMessage): void {
  if (sessionResumptionUpdate !== undefined) {
    const { newHandle: handle, resumable } = sessionResumptionUpdate
    events.push(withoutUndefined({ type: 'resumption' as const, resumable: resumable === true, handle }))
  }
  if (goAway !== undefined) events.push({ type: 'goAway', timeLeftMs: durationMs(goAway.timeLeft) })
}

/** A call without an id can still be answered by its name (Vertex may leave the id out). */
function toolCallOf(call: FunctionCall): LiveToolCall {
  const name = call.name ?? ''
  return { id: call.id ?? name, name, args: call.args ?? {} }
}

function turnCompleteOf(content: LiveServerContent): LiveEvent {
  return withoutUndefined({ type: 'turnComplete' as const, reason: content.turnCompleteReason })
}

/** A protobuf Duration in JSON is text like `"50s"` or `"1.5s"`. */
function durationMs(text: string | undefined): number {
  const seconds = Number.parseFloat(text ?? '')
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}
