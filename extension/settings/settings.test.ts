import { beforeEach, describe, expect, it, vi } from 'vitest'
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
    expect(parseSettings(stored)).toEqual(DEFAULT_SETTINGS)
    expect(DEFAULT_SETTINGS).toMatchObject({
      relayUrl: 'http://127.0.0.1:8787',
      keepTalking: false,
      talk: { mode: 'open', interruptible: true },
      microphone: { deviceId: '', echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      sight: { width: 1024, excludedSites: [] },
      captions: { scale: 1 },
      temporary: false,
    })
  })

  it('keeps every field it can read and falls back field by field', () => {
    const stored = {
      relayUrl: 'http://plain.example.org',
      keepTalking: true,
      microphone: { echoCancellation: false, noiseSuppression: 'yes' },
      captions: { scale: 12 },
      sight: 'broken',
      fromTheFuture: 1,
    }
    expect(parseSettings(stored)).toEqual({
      ...DEFAULT_SETTINGS,
      keepTalking: true,
      microphone: { ...DEFAULT_SETTINGS.microphone, echoCancellation: false },
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

  it('brings along what version 1 had stored', async () => {
    await fakeBrowser.storage.local.set({
      settings: { relayUrl: 'https://relay.example.org', audio: { echoCancellation: false }, captionScale: 1.5 },
      settings$: { v: 1 },
    })
    // The update is a new start of the service worker.
    vi.resetModules()
    const { readSettings: readAfterUpdate } = await import('./settings.ts')
    await expect.poll(readAfterUpdate).toEqual({
      ...DEFAULT_SETTINGS,
      relayUrl: 'https://relay.example.org',
      microphone: { ...DEFAULT_SETTINGS.microphone, echoCancellation: false },
      captions: { scale: 1.5 },
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
