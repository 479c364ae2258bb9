import { pcm16FromBytes } from '../../../shared/audio/pcm16.ts'
import { isRecord } from '../wire/json-names.ts'
import { type ServerMessage } from '../wire/server-message.ts'
import { type ClientFrame, type Moment } from './fault.ts'

/** Sound above this is somebody's voice, not the noise of a room; PCM16. */
const VOICE_PEAK = 1_000

/** The moments that a message of the server's makes. @param answering whether sound of this answer was sent already */
export function momentsOf(message: ServerMessage, answering: boolean): readonly Moment[] {
  const { serverContent: content = {} } = message
  const moments: Moment[] = []
  if (message.setupComplete !== undefined) moments.push('ready')
  if (content.inputTranscription !== undefined) moments.push('heard')
  if (content.modelTurn !== undefined && !answering) moments.push('answer')
  if (content.generationComplete) moments.push('answerEnd')
  if (content.interrupted) moments.push('interrupted')
  if (content.turnComplete) moments.push('turnEnd')
  if (message.toolCall !== undefined) moments.push('toolCall')
  return moments
}

/** The moments that a frame of the client's makes, its names in camelCase. */
export function momentsOfClient(frame: ClientFrame): readonly Moment[] {
  const { setup, realtimeInput: input } = frame
  if (isRecord(setup)) return handleOf(frame) === undefined ? ['setup'] : ['setup', 'resume']
  if ('toolResponse' in frame) return ['toolResponse']
  if (!isRecord(input)) return []
  if (typeof input['text'] === 'string') return ['typed']
  return input['activityStart'] !== undefined || isVoice(input['audio']) ? ['userSpeech'] : []
}

/** @returns the handle a setup resumes with, if it does */
export function handleOf({ setup }: ClientFrame): string | undefined {
  const resumption = isRecord(setup) ? setup['sessionResumption'] : undefined
  const handle = isRecord(resumption) ? resumption['handle'] : undefined
  return typeof handle === 'string' && handle !== '' ? handle : undefined
}

function isVoice(audio: unknown): boolean {
  if (!isRecord(audio) || typeof audio['data'] !== 'string') return false
  const bytes = Buffer.from(audio['data'], 'base64')
  return pcm16FromBytes(bytes.subarray(0, bytes.length & ~1)).some((sample) => Math.abs(sample) > VOICE_PEAK)
}
