import {
  ActivityHandling,
  Behavior,
  MediaResolution,
  Modality,
  type AutomaticActivityDetection,
  type FunctionDeclaration,
  type LiveConnectConfig,
  type RealtimeInputConfig,
} from '@google/genai'
import { type TurnTaking } from '../../shared/protocol/session-setup.ts'
import { type ToolDeclaration } from '../../shared/protocol/tool-declaration.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type GeminiCapabilities } from './gemini-capabilities.ts'
import { type LiveConnectOptions } from './live-model.ts'
import { systemInstruction } from './system-instruction.ts'

const MEDIA_RESOLUTION = {
  low: MediaResolution.MEDIA_RESOLUTION_LOW,
  medium: MediaResolution.MEDIA_RESOLUTION_MEDIUM,
  high: MediaResolution.MEDIA_RESOLUTION_HIGH,
} as const

/**
 * What a conversation asks of Gemini Live. Pure. Fields the model would refuse are left out: one wrong field closes the
 * connection with 1007, or, worse, the setup never completes.
 */
export function liveConnectConfig(
  { setup, voice, history, handle }: Pick<LiveConnectOptions, 'setup' | 'voice' | 'history' | 'handle'>,
  capabilities: GeminiCapabilities,
): LiveConnectConfig {
  return withoutUndefined({
    responseModalities: [Modality.AUDIO],
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } },
    // A brain that goes on where it was remembers by itself.
    systemInstruction: systemInstruction(setup, handle === undefined ? history : []),
    // Captions may be hidden in the panel, but the conversation's memory needs the words.
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    // Without compression a conversation ends after 15 minutes, with pictures after 2.
    contextWindowCompression: { slidingWindow: {} },
    // Asks for handles, with or without one.
    sessionResumption: handle === undefined ? {} : { handle },
    realtimeInputConfig: realtimeInput(setup.turnTaking),
    thinkingConfig: capabilities.thinking,
    temperature: setup.temperature,
    mediaResolution: setup.mediaResolution && MEDIA_RESOLUTION[setup.mediaResolution],
    tools: tools(setup.browserTools ?? [], capabilities),
  })
}

function realtimeInput(turnTaking: TurnTaking | undefined): RealtimeInputConfig | undefined {
  if (turnTaking === undefined) return undefined
  return withoutUndefined({
    automaticActivityDetection: activityDetection(turnTaking),
    activityHandling: turnTaking.interruptible === false ? ActivityHandling.NO_INTERRUPTION : undefined,
  })
}

function activityDetection({ mode, silenceMs }: TurnTaking): AutomaticActivityDetection | undefined {
  if (mode === 'manual') return { disabled: true }
  return silenceMs === undefined ? undefined : { silenceDurationMs: silenceMs }
}

function tools(declarations: readonly ToolDeclaration[], capabilities: GeminiCapabilities) {
  if (declarations.length === 0) return undefined
  const behavior = capabilities.toolBehavior && Behavior[capabilities.toolBehavior]
  const functionDeclarations = declarations.map(({ name, description, parameters }): FunctionDeclaration =>
    withoutUndefined({ name, description, parametersJsonSchema: parameters, behavior }),
  )
  return [{ functionDeclarations }]
}
