import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeBrowser } from 'wxt/testing/fake-browser'
import {
  changeSettings,
  readManagedSettings,
  readOwnSettings,
  readSettings,
  replaceSettings,
  watchSettings,
} from './settings.ts'
import { DEFAULT_SETTINGS, parseSettings, type Settings } from './settings-schema.ts'

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

  it('takes a relay and sites as people write them', () => {
    const stored = {
      relayUrl: 'Relay.example.org/',
      sight: { excludedSites: ['https://Bank.example/login', 7, 'two words', '*.bank.example', 'shop.example'] },
    }
    expect(parseSettings(stored)).toMatchObject({
      relayUrl: 'https://relay.example.org',
      sight: { excludedSites: ['bank.example', 'shop.example'] },
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

  it('loses no change of two made at once inside one group', async () => {
    await Promise.all([
      changeSettings({ microphone: { echoCancellation: false } }),
      changeSettings({ microphone: { noiseSuppression: false } }),
    ])
    expect((await readSettings()).microphone).toEqual({
      ...DEFAULT_SETTINGS.microphone,
      echoCancellation: false,
      noiseSuppression: false,
    })
  })

  it('are read with the change that is on its way', async () => {
    const changing = changeSettings({ keepTalking: true })
    expect((await readOwnSettings()).keepTalking).toBe(true)
    await changing
  })

  it('leaves out again what is to be the model’s own', async () => {
    await changeSettings({ voice: { temperature: 1.5 } })
    expect((await readSettings()).voice.temperature).toBe(1.5)
    await changeSettings({ voice: { temperature: undefined } })
    expect((await readSettings()).voice.temperature).toBeUndefined()
  })

  it('are replaced whole, and what was there before is handed back', async () => {
    await changeSettings({ keepTalking: true, voice: { temperature: 1.5 } })
    const before = await replaceSettings(DEFAULT_SETTINGS)
    expect(await readSettings()).toEqual(DEFAULT_SETTINGS)
    await replaceSettings(before)
    expect(await readSettings()).toMatchObject({ keepTalking: true, voice: { temperature: 1.5 } })
  })

  it('destroys nothing that a newer version stored', async () => {
    const newer = {
      relayUrl: 'https://relay.example.org',
      talk: { mode: 'whisper', silenceMs: 900 },
      tools: { allowed: ['clock'] },
    }
    await fakeBrowser.storage.local.set({ settings: newer, settings$: { v: 9 } })
    expect(await readSettings()).toMatchObject({ relayUrl: newer.relayUrl, talk: { mode: 'open', silenceMs: 900 } })
    await changeSettings({ talk: { silenceMs: 1500 } })
    expect(await fakeBrowser.storage.local.get()).toEqual({
      settings: { ...newer, talk: { mode: 'whisper', silenceMs: 1500 } },
      settings$: { v: 9 },
    })
  })

  it('are overridden by what an organisation set, and come back when it no longer does', async () => {
    await changeSettings({ keepTalking: true, sight: { excludedSites: ['mine.example'] } })
    await fakeBrowser.storage.managed.set({
      keepTalking: false,
      relayUrl: 'https://relay.corp.example',
      sight: { excludedSites: ['bank.example'] },
    })
    expect(await readManagedSettings()).toMatchObject({
      settings: {
        keepTalking: false,
        relayUrl: 'https://relay.corp.example',
        sight: { excludedSites: ['bank.example', 'mine.example'] },
      },
      locked: new Set(['keepTalking', 'relayUrl']),
      sites: ['bank.example'],
    })
    await changeSettings({ keepTalking: false, sight: { excludedSites: ['bank.example', 'shop.example'] } })
    await fakeBrowser.storage.managed.clear()
    expect(await readSettings()).toMatchObject({ keepTalking: true, sight: { excludedSites: ['shop.example'] } })
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
    await expect.poll(() => seen).toEqual([{ ...DEFAULT_SETTINGS, keepTalking: true }])
    await fakeBrowser.storage.managed.set({ temporary: true })
    await expect
      .poll(() => seen)
      .toEqual([expect.anything(), { ...DEFAULT_SETTINGS, keepTalking: true, temporary: true }])
    watching.abort()
    await changeSettings({ keepTalking: false })
    await readSettings()
    expect(seen).toHaveLength(2)
  })
})
