import { type TurnLatency } from '../messaging/voice-state.ts'

/** One bar of a turn's waterfall, ms since the person's last word. */
export interface LatencyStep {
  readonly key: 'inputFinal' | 'tool' | 'firstAudioUpstream' | 'firstAudioSent' | 'firstAudioReceived' | 'firstSound'
  readonly fromMs: number
  readonly toMs: number
  /** Of the tool. */
  readonly name?: string
}

/** The way from the last word to the first sound: what is known of it, in the order in which it happened. */
export function latencySteps({ timings, firstAudioReceived, firstSound }: TurnLatency): readonly LatencyStep[] {
  const steps: LatencyStep[] = []
  const { inputFinal, tools = [], firstAudioUpstream, firstAudioSent } = timings
  // What was typed needs no understanding.
  if (inputFinal !== undefined && inputFinal > 0) steps.push({ key: 'inputFinal', fromMs: 0, toMs: inputFinal })
  for (const { name, toolStart, toolEnd } of tools) {
    if (toolEnd !== undefined)
      steps.push({ key: 'tool', name, fromMs: Math.max(0, toolStart), toMs: Math.max(0, toolEnd) })
  }
  // The model thinks while the words are still being settled; a tool it waits for.
  const beforeSpeech = steps.filter(({ key, toMs }) => key === 'tool' && toMs <= (firstAudioUpstream ?? 0))
  let fromMs = Math.max(0, ...beforeSpeech.map(({ toMs }) => toMs))
  const way = { firstAudioUpstream, firstAudioSent, firstAudioReceived, firstSound }
  for (const [key, mark] of Object.entries(way) as [keyof typeof way, number | undefined][]) {
    if (mark === undefined) continue
    const toMs = Math.max(fromMs, mark)
    steps.push({ key, fromMs, toMs })
    fromMs = toMs
  }
  return steps
}

/** From the last word to the first sound that is known of; undefined when the answer had none. */
export function answerDelayMs({ timings, firstAudioReceived, firstSound }: TurnLatency): number | undefined {
  return firstSound ?? firstAudioReceived ?? timings.firstAudioSent
}
