import { pcm16ToFloat } from '../../../shared/audio/pcm16.ts'
import { openDesk, type ToWorker } from '../worker-desk.ts'
import { JobRota, type RotaJob } from './job-rota.ts'
import { type ListenAnswer, type ListenAsk } from './listen-protocol.ts'
import { findModelFiles } from './model-files.ts'
import { Moonshine } from './moonshine.ts'
import { prepareRuntime } from './onnx.ts'
import { newVoiceMemory, Silero, type VoiceMemory } from './silero.ts'

type Asked<Type extends ListenAsk['type']> = Extract<ListenAsk, { type: Type }> & { readonly id: number }
interface RecogniseJob extends RotaJob {
  readonly samples: Int16Array
}

/** Voice detection and recognition for all sessions. Voice frames never wait for more than one step of a recognition. */
const desk = openDesk<ListenAsk, ListenAnswer>()
const voiceFrames: Asked<'voice'>[] = []
const recognitions = new JobRota<RecogniseJob>()
const cancelled = new Set<number>()
const memories = new Map<number, VoiceMemory>()
const bell = new EventTarget()

desk.onMessage(take)
void listen().catch((error: unknown) => desk.failed(error))

async function listen(): Promise<never> {
  const files = findModelFiles()
  await prepareRuntime(files.runtime)
  const silero = await Silero.load(files.voice)
  const moonshine = await Moonshine.load(files.encoder, files.decoder)
  desk.ready()
  for (;;) {
    await detectVoice(silero)
    const job = recognitions.take()
    if (job === undefined) await rung()
    else await recognise(job, moonshine, silero)
  }
}

function take(message: ToWorker<ListenAsk>): void {
  if (message.type === 'tell') {
    if (message.note.type === 'forget') forget(message.note.stream)
    else if (message.note.type === 'restart') memories.delete(message.note.stream)
    return
  }
  if (message.type === 'cancel') cancel(message.id)
  else if (message.question.type === 'voice') voiceFrames.push({ id: message.id, ...message.question })
  else if (message.question.type === 'recognise' && !recognitions.add({ id: message.id, ...message.question })) {
    desk.refuse(message.id, 'too much speech is waiting to be recognised')
  }
  bell.dispatchEvent(new Event('work'))
}

function cancel(id: number): void {
  // A job that is not waiting is the one being worked on, or was answered already.
  if (recognitions.remove(id) === undefined) cancelled.add(id)
}

function forget(stream: number): void {
  memories.delete(stream)
  for (const job of recognitions.removeStream(stream)) desk.refuse(job.id, 'the stream ended')
}

/** Works off every voice frame that has arrived. */
async function detectVoice(silero: Silero): Promise<void> {
  for (let frame = voiceFrames.shift(); frame !== undefined; frame = voiceFrames.shift()) {
    const memory = memories.get(frame.stream) ?? newVoiceMemory()
    memories.set(frame.stream, memory)
    try {
      const probability = await silero.probability(pcm16ToFloat(frame.samples), memory)
      desk.answer(frame.id, { type: 'voice', probability })
    } catch (error) {
      desk.refuse(frame.id, error)
    }
  }
}

async function recognise(job: RecogniseJob, moonshine: Moonshine, silero: Silero): Promise<void> {
  const goOn = async () => {
    await messagesArrived()
    await detectVoice(silero)
    return !cancelled.has(job.id)
  }
  try {
    const text = await moonshine.recognise(pcm16ToFloat(job.samples), goOn)
    if (text !== undefined) desk.answer(job.id, { type: 'recognise', text })
  } catch (error) {
    desk.refuse(job.id, error)
  }
  // Whatever was cancelled meanwhile was this job or one answered before.
  cancelled.clear()
}

function messagesArrived(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function rung(): Promise<void> {
  return new Promise((resolve) => {
    bell.addEventListener('work', () => resolve(), { once: true })
  })
}
