import { describe, expect, it } from 'vitest'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { capabilitiesOf } from './gemini-capabilities.ts'
import { liveConnectConfig } from './gemini-config.ts'

const readPage = {
  name: 'read_page',
  description: 'Reads the page',
  parameters: { type: 'object', properties: {} },
  effect: 'read',
  timeoutMs: 5000,
} as const

function configFor(setup: SessionSetup, model = 'gemini-3.8-live') {
  return liveConnectConfig({ setup, voice: 'Kore', history: [] }, capabilitiesOf(model))
}

describe('liveConnectConfig', () => {
  it('always asks for sound, both transcripts, compression and resumption', () => {
    expect(configFor({})).toMatchObject({
      responseModalities: ['AUDIO'],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      contextWindowCompression: { slidingWindow: {} },
      sessionResumption: {},
    })
  })

  it('sends nothing that was not asked for', () => {
    const config = configFor({})
    for (const key of ['temperature', 'mediaResolution', 'tools', 'realtimeInputConfig', 'proactivity']) {
      expect(config).not.toHaveProperty(key)
    }
  })

  it('never sends what every model of this API version refuses', () => {
    const config = configFor({ affective: true, proactive: true })
    expect(config).not.toHaveProperty('enableAffectiveDialog')
    expect(config).not.toHaveProperty('proactivity')
  })

  it.each([
    [{ mode: 'manual' }, { automaticActivityDetection: { disabled: true } }],
    [{ mode: 'auto', silenceMs: 900 }, { automaticActivityDetection: { silenceDurationMs: 900 } }],
    [{ mode: 'auto', interruptible: false }, { activityHandling: 'NO_INTERRUPTION' }],
    [{ mode: 'auto' }, {}],
  ] as const)('turns turn taking %j into %j', (turnTaking, expected) => {
    expect(configFor({ turnTaking }).realtimeInputConfig).toEqual(expected)
  })

  it.each([
    ['gemini-3.8-live', 'BLOCKING'],
    ['gemini-3.8-live-extended-thinking', 'NON_BLOCKING'],
    ['gemini-2.5-flash-native-audio-preview-12-2025', 'BLOCKING'],
    ['some-future-model', 'BLOCKING'],
  ])('says how tools hold up %s: %s', (model, behavior) => {
    const { name, description, parameters } = readPage
    expect(configFor({ browserTools: [readPage] }, model).tools).toEqual([
      { functionDeclarations: [{ name, description, parametersJsonSchema: parameters, behavior }] },
    ])
  })

  it('leaves the behaviour out for a model that has no such field', () => {
    const [tool] = configFor({ browserTools: [readPage] }, 'gemini-3.1-flash-live-preview').tools!
    expect(JSON.stringify(tool)).not.toContain('behavior')
  })

  it('tells the model language, brevity and persona in words', () => {
    const words = configFor({ language: 'de', brevity: 'short', persona: 'Speak like a pirate.' }).systemInstruction
    expect(words).toContain('with the tag de')
    expect(words).toContain('one sentence')
    expect(words).toContain('Speak like a pirate.')
  })

  it('reminds the model of an earlier connection, of the newest when it is much', () => {
    const history = [
      { role: 'user', text: 'x'.repeat(16_000) },
      { role: 'user', text: 'My name is Ada.' },
      { role: 'assistant', text: 'Hello Ada.' },
    ] as const
    const words = liveConnectConfig({ setup: {}, voice: 'Kore', history }, capabilitiesOf('m')).systemInstruction
    expect(words).toMatch(/which goes on now:\nUser: My name is Ada\.\nYou: Hello Ada\.$/)
  })

  it('goes on with a handle, and says nothing twice to a brain that remembers', () => {
    const history = [{ role: 'user', text: 'My name is Ada.' }] as const
    const config = liveConnectConfig({ setup: {}, voice: 'Kore', history, handle: 'h1' }, capabilitiesOf('m'))
    expect(config.sessionResumption).toEqual({ handle: 'h1' })
    expect(config.systemInstruction).not.toContain('Ada')
    expect(config.contextWindowCompression).toEqual({ slidingWindow: {} })
  })

  it.each([
    ['gemini-3.8-live', undefined],
    ['gemini-3.8-live-extended-thinking', { thinkingLevel: 'LOW' }],
    ['gemini-3.1-flash-live-preview', undefined],
    ['gemini-2.5-flash-native-audio-preview-12-2025', undefined],
    ['some-future-model', undefined],
  ])('tells %s how much to think only where it must be told', (model, expected) => {
    expect(configFor({}, model).thinkingConfig).toEqual(expected)
  })

  it('passes temperature and resolution on', () => {
    expect(configFor({ temperature: 0, mediaResolution: 'low' })).toMatchObject({
      temperature: 0,
      mediaResolution: 'MEDIA_RESOLUTION_LOW',
    })
  })
})
