import { describe, expect, it } from 'vitest'
import { decodeClientMessage } from './client-message.ts'
import { type Endpoint } from './endpoint.ts'
import { VOICES } from './models.ts'
import { checkSetup } from './setup-rules.ts'

const V1BETA: Endpoint = { backend: 'gemini', version: 'v1beta', constrained: false, credential: 'k' }
const V1ALPHA: Endpoint = { ...V1BETA, version: 'v1alpha' }
const VERTEX: Endpoint = { ...V1BETA, backend: 'vertex', version: 'v1beta1' }
const LIVE_3_8 = 'models/gemini-3.8-live'
const THINKING_3_8 = 'models/gemini-3.8-live-extended-thinking'
const LIVE_3_1 = 'models/gemini-3.1-flash-live-preview'
const LIVE_2_5 = 'models/gemini-2.5-flash-native-audio-latest'

/** @returns the close code and text, or undefined when the setup is taken */
function verdict(model: string, fields: object = {}, endpoint = V1BETA): readonly [number, string] | undefined {
  const decoded = decodeClientMessage(JSON.stringify({ setup: { model, ...fields } }))
  if (!decoded.ok || decoded.message.type !== 'setup') throw new Error('no setup')
  const checked = checkSetup(decoded.message.body, endpoint)
  return checked.ok ? undefined : [checked.closing.code, checked.closing.reason]
}

const INVALID = [1007, 'Request contains an invalid argument.']

describe('checkSetup', () => {
  it('takes what the relay sends', () => {
    const fields = {
      generationConfig: {
        responseModalities: ['AUDIO'],
        temperature: 0.7,
        mediaResolution: 'MEDIA_RESOLUTION_LOW',
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      },
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      contextWindowCompression: { slidingWindow: {} },
      sessionResumption: {},
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 500 } },
      tools: [{ functionDeclarations: [{ name: 'read_page', description: 'x', behavior: 'NON_BLOCKING' }] }],
    }
    for (const model of [LIVE_3_8, LIVE_3_1, LIVE_2_5]) expect(verdict(model, fields)).toBeUndefined()
  })

  it('knows its models, by any of their addresses', () => {
    expect(verdict('gemini-3.8-live')).toBeUndefined()
    expect(
      verdict('projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash-native-audio'),
    ).toBeUndefined()
    const [code, reason] = verdict('models/gemini-2.0-flash-exp')!
    expect(code).toBe(1008)
    expect(reason).toMatch(
      /^models\/gemini-2\.0-flash-exp is not found for API version v1beta, or is not supported for bidiGenerateContent\. Call /,
    )
  })

  it('has thirty voices and refuses others, also in other letters', () => {
    expect(VOICES.size).toBe(30)
    const speechConfig = { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'kore' } } }
    expect(verdict(LIVE_3_8, { generationConfig: { speechConfig } })).toEqual([
      1007,
      `Requested voice api_name 'kore' is not available for model ${LIVE_3_8}`,
    ])
  })

  it('speaks and nothing else', () => {
    expect(verdict(LIVE_3_8, { generationConfig: { responseModalities: ['TEXT'] } })).toEqual(INVALID)
    const speechConfig = { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } }
    expect(verdict(LIVE_2_5, { generationConfig: { responseModalities: ['TEXT'], speechConfig } })).toEqual([
      1007,
      'Cannot extract voices from a non-audio request.',
    ])
    expect(verdict(LIVE_3_8, { generationConfig: { stopSequences: ['x'] } })).toEqual(INVALID)
  })

  it('wants, takes or refuses thinking by model', () => {
    const low = { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } }
    expect(verdict(LIVE_3_8, low)).toEqual([1007, 'Thinking level is not supported for this model.'])
    expect(verdict(THINKING_3_8)).toEqual([1007, 'Thinking level must be specified.'])
    expect(verdict(THINKING_3_8, low)).toBeUndefined()
    expect(verdict(LIVE_3_1, low)).toBeUndefined()
    expect(verdict(LIVE_2_5, { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } })).toBeUndefined()
  })

  it('has affective dialogue and proactivity where and when the service has them', () => {
    const affective = { generationConfig: { enableAffectiveDialog: true } }
    expect(verdict(LIVE_2_5, affective, V1ALPHA)).toBeUndefined()
    expect(verdict(LIVE_2_5, affective)).toEqual([
      1007,
      'Invalid JSON payload received. Unknown name "enableAffectiveDialog" at \'setup.generation_config\': Cannot find field.',
    ])
    expect(verdict(LIVE_3_1, affective, V1ALPHA)).toEqual(INVALID)
    expect(verdict(LIVE_3_8, { proactivity: { proactiveAudio: true } })).toBeUndefined()
    expect(verdict(LIVE_3_8, { proactivity: { proactiveAudio: false } })).toEqual(INVALID)
    expect(verdict(LIVE_3_1, { proactivity: { proactiveAudio: true } })).toEqual(INVALID)
    expect(verdict(LIVE_2_5, { proactivity: {} })).toEqual([
      1007,
      'Invalid JSON payload received. Unknown name "proactivity" at \'setup\': Cannot find field.',
    ])
  })

  it('keeps Vertex’ fields for Vertex', () => {
    const transparent = { sessionResumption: { transparent: true } }
    expect(verdict(LIVE_3_8, transparent)).toEqual([
      1007,
      'Invalid JSON payload received. Unknown name "transparent" at \'setup.session_resumption\': Cannot find field.',
    ])
    expect(verdict(LIVE_3_8, { explicitVadSignal: true })?.[0]).toBe(1007)
    expect(verdict(LIVE_3_8, { ...transparent, explicitVadSignal: true }, VERTEX)).toBeUndefined()
  })

  it('allows tools by model', () => {
    const declared = (behavior: string) => ({ tools: [{ functionDeclarations: [{ name: 'f', behavior }] }] })
    const thinking = { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } }
    expect(verdict(THINKING_3_8, { ...thinking, ...declared('BLOCKING') })).toEqual(INVALID)
    expect(verdict(THINKING_3_8, { ...thinking, ...declared('NON_BLOCKING') })).toBeUndefined()
    expect(verdict(LIVE_3_8, declared('BLOCKING'))).toBeUndefined()
    expect(verdict(LIVE_3_8, { tools: [{ googleSearch: {} }] })).toBeUndefined()
    expect(verdict(LIVE_3_8, { tools: [{ codeExecution: {} }] })).toEqual(INVALID)
  })

  it('seeds history from 3.1 on', () => {
    const seed = { historyConfig: { initialHistoryInClientContent: true } }
    expect(verdict(LIVE_3_8, seed)).toBeUndefined()
    expect(verdict(LIVE_2_5, seed)).toEqual(INVALID)
  })
})
