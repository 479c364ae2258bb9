import { beforeEach, describe, expect, it } from 'vitest'
import { fakeBrowser } from 'wxt/testing/fake-browser'
import {
  changeSettings,
  DEFAULT_SETTINGS,
  parseSettings,
  readSettings,
  type Settings,
  watchSettings,
} from './settings.ts'

describe('parseSettings', () => {
  it.each([undefined, null, 'text', 7, [], {}])('makes the defaults of %j', (stored) => {
    expect(parseSettings(stored)).toEqual({
      relayUrl: 'http://127.0.0.1:8787',
      keepTalking: false,
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      captionScale: 1,
    })
  })

  it('keeps every field it can read and falls back field by field', () => {
    const stored = {
      relayUrl: 'http://plain.example.org',
      keepTalking: true,
      audio: { echoCancellation: false, noiseSuppression: 'yes' },
      captionScale: 12,
      fromTheFuture: 1,
    }
    expect(parseSettings(stored)).toEqual({
      relayUrl: DEFAULT_SETTINGS.relayUrl,
      keepTalking: true,
      audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true },
      captionScale: 1,
    })
  })
})

describe('stored settings', () => {
  beforeEach(() => {
    fakeBrowser.reset()
  })

  it('are the defaults until something is chosen, then what was chosen', async () => {
    expect(await readSettings()).toEqual(DEFAULT_SETTINGS)
    await changeSettings({ relayUrl: 'https://relay.example.org' })
    expect(await readSettings()).toEqual({ ...DEFAULT_SETTINGS, relayUrl: 'https://relay.example.org' })
  })

  it('loses no change of two made at once', async () => {
    await Promise.all([
      changeSettings({ keepTalking: true }),
      changeSettings({ relayUrl: 'https://relay.example.org' }),
    ])
    expect(await readSettings()).toEqual({
      ...DEFAULT_SETTINGS,
      keepTalking: true,
      relayUrl: 'https://relay.example.org',
    })
  })

  it('tells who watches, until its signal aborts', async () => {
    const seen: Settings[] = []
    const watching = new AbortController()
    watchSettings((settings) => seen.push(settings), watching.signal)
    await changeSettings({ keepTalking: true })
    watching.abort()
    await changeSettings({ keepTalking: false })
    expect(seen).toEqual([{ ...DEFAULT_SETTINGS, keepTalking: true }])
  })
})
