import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../settings/settings-schema.ts'
import { diagnosticsOf } from './diagnostics.ts'

const SURROUNDINGS = {
  extension: '0.1.0',
  browser: 'Chromium 156',
  language: 'en-GB',
  relay: { version: '0.1.0', brain: 'local', engine: 'uws', pairing: 'code', ms: 3, signedInAs: 'Ada' },
  microphone: 'granted',
  devices: { microphones: 1, speakers: 2 },
  allowedSites: 3,
  shortcuts: { _execute_action: 'Ctrl+Shift+Y' },
} as const

describe('diagnosticsOf', () => {
  it('tells what is set and allowed, but nothing private', () => {
    const settings = parseSettings({
      relayUrl: 'https://relay.private.example',
      voice: { persona: 'My name is Ada.' },
      microphone: { deviceId: 'device-of-mine' },
      sight: { excludedSites: ['bank.example'] },
      talk: { silenceMs: 1500 },
    })
    const text = diagnosticsOf(settings, SURROUNDINGS)
    expect(JSON.parse(text)).toMatchObject({
      extension: '0.1.0',
      relay: { version: '0.1.0', brain: 'local' },
      allowedSites: 3,
      settings: { relayUrl: 'elsewhere', voice: { persona: '15 characters' }, talk: { silenceMs: 1500 } },
    })
    for (const secret of ['private', 'Ada', 'device-of-mine', 'bank']) expect(text).not.toContain(secret)
  })

  it('says when no relay answers', () => {
    const text = diagnosticsOf(parseSettings({}), { ...SURROUNDINGS, relay: undefined })
    expect(JSON.parse(text)).toMatchObject({ relay: 'no answer', settings: { relayUrl: 'this machine' } })
  })
})
