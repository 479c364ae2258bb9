import { CLOSING, modelNotFound, unknownName, voiceNotFound, type Closing } from './closing.ts'
import { type Endpoint } from './endpoint.ts'
import { findModel, VOICES, type ModelRules } from './models.ts'
import { type Setup } from './setup-schema.ts'

export type CheckedSetup =
  { readonly ok: true; readonly rules: ModelRules } | { readonly ok: false; readonly closing: Closing }

interface Case {
  readonly setup: Setup
  readonly rules: ModelRules
  readonly endpoint: Endpoint
}

/** Says whether this model, reached this way, may have this setup; the first rule that objects decides. */
export function checkSetup(setup: Setup, endpoint: Endpoint): CheckedSetup {
  const rules = findModel(setup.model)
  if (rules === undefined) return { ok: false, closing: modelNotFound(setup.model, endpoint.version) }
  for (const rule of RULES) {
    const closing = rule({ setup, rules, endpoint })
    if (closing !== undefined) return { ok: false, closing }
  }
  return { ok: true, rules }
}

const RULES: readonly ((subject: Case) => Closing | undefined)[] = [
  vertexFields,
  modalities,
  voice,
  thinking,
  affective,
  proactivity,
  history,
  tools,
  generation,
]

/** Fields that only Vertex' messages have. */
function vertexFields({ setup, endpoint }: Case): Closing | undefined {
  if (endpoint.backend !== 'gemini') return undefined
  if (setup.explicitVadSignal !== undefined) return unknownName('explicitVadSignal', 'setup')
  if (setup.avatarConfig !== undefined) return unknownName('avatarConfig', 'setup')
  if (setup.sessionResumption?.transparent !== undefined) return unknownName('transparent', 'setup.session_resumption')
  return undefined
}

function modalities({ setup }: Case): Closing | undefined {
  const { responseModalities, speechConfig } = setup.generationConfig
  if (responseModalities.every((modality) => modality === 'AUDIO')) return undefined
  return speechConfig?.voiceConfig === undefined ? CLOSING.invalidArgument : CLOSING.voiceWithoutAudio
}

function voice({ setup }: Case): Closing | undefined {
  const speech = setup.generationConfig.speechConfig
  if (speech?.multiSpeakerVoiceConfig !== undefined) return CLOSING.invalidArgument
  const name = speech?.voiceConfig?.prebuiltVoiceConfig?.voiceName
  return name === undefined || VOICES.has(name) ? undefined : voiceNotFound(name, setup.model)
}

function thinking({ setup, rules }: Case): Closing | undefined {
  const config = setup.generationConfig.thinkingConfig
  if (rules.thinking === 'refused') return config === undefined ? undefined : CLOSING.thinkingUnsupported
  if (rules.thinking === 'any') return undefined
  const level = config?.thinkingLevel
  return level === 'LOW' || level === 'MEDIUM' || level === 'HIGH' ? undefined : CLOSING.thinkingRequired
}

function affective({ setup, rules, endpoint }: Case): Closing | undefined {
  if (setup.generationConfig.enableAffectiveDialog === undefined) return undefined
  if (rules.affective === 'never') return CLOSING.invalidArgument
  return hasAlphaFields(endpoint) ? undefined : unknownName('enableAffectiveDialog', 'setup.generation_config')
}

function proactivity({ setup, rules, endpoint }: Case): Closing | undefined {
  if (setup.proactivity === undefined) return undefined
  if (rules.proactivity === 'never') return CLOSING.invalidArgument
  if (rules.proactivity === 'always')
    return setup.proactivity.proactiveAudio === false ? CLOSING.invalidArgument : undefined
  return hasAlphaFields(endpoint) ? undefined : unknownName('proactivity', 'setup')
}

function history({ setup, rules }: Case): Closing | undefined {
  return setup.historyConfig !== undefined && !rules.historySeed ? CLOSING.invalidArgument : undefined
}

function tools({ setup, rules }: Case): Closing | undefined {
  const unsupported = setup.tools.some(
    (tool) => tool.codeExecution ?? tool.urlContext ?? tool.googleMaps ?? tool.fileSearch ?? tool.computerUse,
  )
  if (unsupported) return CLOSING.invalidArgument
  if (rules.behaviour !== 'only') return undefined
  const others = setup.tools
    .flatMap((tool) => tool.functionDeclarations)
    .some(({ behavior }) => behavior !== undefined && behavior !== rules.defaultBehaviour)
  return others ? CLOSING.invalidArgument : undefined
}

function generation({ setup }: Case): Closing | undefined {
  const config = setup.generationConfig
  const refusedByLive = [
    config.responseMimeType,
    config.responseSchema,
    config.responseJsonSchema,
    config.responseLogprobs,
    config.logprobs,
    config.stopSequences,
  ]
  return refusedByLive.some((value) => value !== undefined) ? CLOSING.invalidArgument : undefined
}

function hasAlphaFields(endpoint: Endpoint): boolean {
  return endpoint.backend !== 'gemini' || endpoint.version === 'v1alpha'
}
