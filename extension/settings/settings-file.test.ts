import { describe, expect, it } from 'vitest'
import { readSettingsFile, settingsFile } from './settings-file.ts'
import { DEFAULT_SETTINGS, parseSettings } from './settings-schema.ts'

const chosen = parseSettings({
  relayUrl: 'https://relay.example.org',
  talk: { silenceMs: 1500 },
  voice: { persona: 'Be brief.', temperature: 0.4 },
  microphone: { deviceId: 'a-microphone' },
  speaker: { deviceId: 'a-speaker', volume: 0.5 },
  sight: { excludedSites: ['bank.example'], detail: 'low' },
})

/** A file as a person may have changed it. */
function fileWith(settings: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ kind: 'aside-settings', version: 2, settings, ...more })
}

describe('a file of settings', () => {
  it('brings everything back but the devices of the computer it is from', () => {
    const file = settingsFile(chosen, '0.1.0')
    expect(file).not.toContain('a-microphone')
    expect(file).not.toContain('a-speaker')
    const read = readSettingsFile(file, DEFAULT_SETTINGS)
    expect(read).toMatchObject({
      ok: true,
      settings: { ...chosen, microphone: { deviceId: '' }, speaker: { deviceId: '', volume: 0.5 } },
      notTaken: [],
      newer: false,
    })
    expect(read.ok && read.taken).toEqual([
      'relayUrl',
      'talk.silenceMs',
      'voice.persona',
      'voice.temperature',
      'speaker.volume',
      'sight.detail',
      'sight.excludedSites',
    ])
  })

  it('changes what it names and nothing else, and says what it did not take', () => {
    const file = fileWith({
      keepTalking: true,
      relayUrl: 'http://relay.example.org',
      talk: { silenceMs: 90_000, interruptible: false },
      accessToken: 'a-secret',
      voice: 'loud',
    })
    expect(readSettingsFile(file, chosen)).toEqual({
      ok: true,
      settings: { ...chosen, keepTalking: true, talk: { ...chosen.talk, interruptible: false } },
      taken: ['keepTalking', 'talk.interruptible'],
      notTaken: ['relayUrl', 'talk.silenceMs', 'accessToken', 'voice'],
      newer: false,
    })
  })

  it('of version 1 is read in the shape of today', () => {
    const file = fileWith({ captionScale: 1.5, audio: { echoCancellation: false } }, { version: 1 })
    expect(readSettingsFile(file, DEFAULT_SETTINGS)).toMatchObject({
      ok: true,
      taken: ['microphone.echoCancellation', 'captions.scale'],
      settings: { captions: { scale: 1.5 } },
    })
  })

  it('of a newer version is read as far as it can be, and says so', () => {
    const file = fileWith({ keepTalking: true, telepathy: { on: true } }, { version: 9 })
    expect(readSettingsFile(file, DEFAULT_SETTINGS)).toMatchObject({
      ok: true,
      taken: ['keepTalking'],
      notTaken: ['telepathy.on'],
      newer: true,
    })
  })

  it.each([
    '',
    'not json',
    'null',
    '[]',
    '{}',
    '{"kind":"aside-settings"}',
    fileWith(7),
    fileWith([]),
    fileWith({ keepTalking: true }, { kind: 'other' }),
    fileWith({ voice: { persona: 'x'.repeat(300_000) } }),
  ])('is not %.40j', (text) => {
    expect(readSettingsFile(text, chosen)).toEqual({ ok: false })
  })
})
