import * as v from 'valibot'
import { contentSchema } from './content-schema.ts'

const millis = v.pipe(v.number(), v.integer(), v.minValue(0))
/** protobuf's JSON writes int64 as a string and reads both. */
const int64 = v.union([v.pipe(v.number(), v.integer()), v.pipe(v.string(), v.regex(/^-?\d+$/))])

const functionDeclarationSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-zA-Z_][\w.:-]{0,127}$/)),
  description: v.optional(v.string(), ''),
  parameters: v.optional(v.record(v.string(), v.unknown())),
  parametersJsonSchema: v.optional(v.record(v.string(), v.unknown())),
  response: v.optional(v.unknown()),
  responseJsonSchema: v.optional(v.unknown()),
  behavior: v.optional(v.picklist(['UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING'])),
})

export const toolsSchema = v.array(
  v.strictObject({
    functionDeclarations: v.optional(v.pipe(v.array(functionDeclarationSchema), v.maxLength(512)), []),
    googleSearch: v.optional(v.looseObject({})),
    googleSearchRetrieval: v.optional(v.looseObject({})),
    codeExecution: v.optional(v.looseObject({})),
    urlContext: v.optional(v.looseObject({})),
    googleMaps: v.optional(v.looseObject({})),
    fileSearch: v.optional(v.looseObject({})),
    computerUse: v.optional(v.looseObject({})),
  }),
)

const speechConfigSchema = v.strictObject({
  voiceConfig: v.optional(
    v.strictObject({
      prebuiltVoiceConfig: v.optional(v.strictObject({ voiceName: v.optional(v.string()) })),
      replicatedVoiceConfig: v.optional(v.looseObject({})),
    }),
  ),
  languageCode: v.optional(v.string()),
  multiSpeakerVoiceConfig: v.optional(v.looseObject({})),
})

const generationConfigSchema = v.strictObject({
  responseModalities: v.optional(v.array(v.picklist(['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO'])), []),
  temperature: v.optional(v.number()),
  topP: v.optional(v.number()),
  topK: v.optional(v.number()),
  maxOutputTokens: v.optional(v.number()),
  seed: v.optional(v.number()),
  candidateCount: v.optional(v.number()),
  presencePenalty: v.optional(v.number()),
  frequencyPenalty: v.optional(v.number()),
  speechConfig: v.optional(speechConfigSchema),
  thinkingConfig: v.optional(
    v.strictObject({
      includeThoughts: v.optional(v.boolean()),
      thinkingBudget: v.optional(v.number()),
      thinkingLevel: v.optional(v.picklist(['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'])),
    }),
  ),
  enableAffectiveDialog: v.optional(v.boolean()),
  mediaResolution: v.optional(v.string()),
  // Fields of the message that Live refuses; they are known, so their names are.
  responseMimeType: v.optional(v.unknown()),
  responseSchema: v.optional(v.unknown()),
  responseJsonSchema: v.optional(v.unknown()),
  responseLogprobs: v.optional(v.unknown()),
  logprobs: v.optional(v.unknown()),
  stopSequences: v.optional(v.unknown()),
})

const transcriptionSchema = v.strictObject({
  languageCodes: v.optional(v.array(v.string())),
  customVocabulary: v.optional(v.array(v.string())),
  adaptationPhrases: v.optional(v.array(v.string())),
  wordTimestamp: v.optional(v.boolean()),
  diarization: v.optional(v.boolean()),
  mode: v.optional(v.string()),
  sourceText: v.optional(v.unknown()),
  languageAuto: v.optional(v.unknown()),
  languageHints: v.optional(v.unknown()),
})

const realtimeInputConfigSchema = v.strictObject({
  automaticActivityDetection: v.optional(
    v.strictObject({
      disabled: v.optional(v.boolean()),
      startOfSpeechSensitivity: v.optional(
        v.picklist(['START_SENSITIVITY_UNSPECIFIED', 'START_SENSITIVITY_HIGH', 'START_SENSITIVITY_LOW']),
      ),
      endOfSpeechSensitivity: v.optional(
        v.picklist(['END_SENSITIVITY_UNSPECIFIED', 'END_SENSITIVITY_HIGH', 'END_SENSITIVITY_LOW']),
      ),
      prefixPaddingMs: v.optional(millis),
      silenceDurationMs: v.optional(millis),
    }),
  ),
  activityHandling: v.optional(
    v.picklist(['ACTIVITY_HANDLING_UNSPECIFIED', 'START_OF_ACTIVITY_INTERRUPTS', 'NO_INTERRUPTION']),
  ),
  turnCoverage: v.optional(
    v.picklist([
      'TURN_COVERAGE_UNSPECIFIED',
      'TURN_INCLUDES_ONLY_ACTIVITY',
      'TURN_INCLUDES_ALL_INPUT',
      'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
    ]),
  ),
  interimTranscriptTimestampEnabled: v.optional(v.boolean()),
})

/** The setup message, field by field; what a model may have of it is decided in `setup-rules.ts`. */
export const setupSchema = v.strictObject({
  model: v.string(),
  generationConfig: v.optional(generationConfigSchema, {}),
  systemInstruction: v.optional(contentSchema),
  tools: v.optional(toolsSchema, []),
  realtimeInputConfig: v.optional(realtimeInputConfigSchema, {}),
  sessionResumption: v.optional(
    v.strictObject({ handle: v.optional(v.string()), transparent: v.optional(v.boolean()) }),
  ),
  contextWindowCompression: v.optional(
    v.strictObject({
      triggerTokens: v.optional(int64),
      slidingWindow: v.optional(v.strictObject({ targetTokens: v.optional(int64) })),
    }),
  ),
  inputAudioTranscription: v.optional(transcriptionSchema),
  outputAudioTranscription: v.optional(transcriptionSchema),
  proactivity: v.optional(
    v.strictObject({ proactiveAudio: v.optional(v.boolean()), proactiveVideo: v.optional(v.boolean()) }),
  ),
  historyConfig: v.optional(v.strictObject({ initialHistoryInClientContent: v.optional(v.boolean()) })),
  explicitVadSignal: v.optional(v.boolean()),
  avatarConfig: v.optional(v.looseObject({})),
  safetySettings: v.optional(v.array(v.looseObject({}))),
  labels: v.optional(v.record(v.string(), v.string())),
})

/** `activityStart`, `activityEnd`: messages without fields. */
export const emptySchema = v.strictObject({})
export type Setup = Readonly<v.InferOutput<typeof setupSchema>>
export type FunctionDeclaration = Readonly<v.InferOutput<typeof functionDeclarationSchema>>
