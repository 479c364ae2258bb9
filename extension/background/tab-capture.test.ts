import { beforeEach, describe, expect, it } from 'vitest'
import { browser } from 'wxt/browser'
import { changeSettings, readSettings } from '../settings/settings.ts'
import { captureTab, checkTab } from './tab-capture.ts'

const VIEWPORT = { width: 100, height: 80 }
const FIELD = { x: 0.1, y: 0.1, width: 0.2, height: 0.1 }

interface Tab {
  id: number
  windowId: number
  url?: string
  incognito: boolean
}

/** A window as Chrome would show it; `during` happens in the middle of a capture. */
interface Scene {
  front: Tab
  tabs: Tab[]
  areas: (typeof FIELD)[]
  minimised: boolean
  /** Why nothing may be done in a page, as Chrome says it. */
  refusal?: string
  captures: number
  during: () => void
}

const ARTICLE: Tab = { id: 1, windowId: 9, url: 'https://example.org/a', incognito: false }
const OTHER: Tab = { id: 2, windowId: 9, incognito: false }

let scene: Scene

/** Answers for Chrome what the scene says. */
function playScene(): void {
  const chrome = {
    tabs: {
      query: () => Promise.resolve([scene.front]),
      get: (id: number) =>
        scene.tabs.some((tab) => tab.id === id) ? Promise.resolve({}) : Promise.reject(new Error('No tab with id')),
      captureVisibleTab: () => {
        scene.captures++
        scene.during()
        return scene.front.url === undefined
          ? Promise.reject(new Error("Either the '<all_urls>' or 'activeTab' permission is required."))
          : Promise.resolve(`data:image/jpeg;base64,${scene.front.id}`)
      },
    },
    windows: { get: () => Promise.resolve({ state: scene.minimised ? 'minimized' : 'normal' }) },
    scripting: {
      executeScript: () => {
        if (scene.refusal !== undefined) return Promise.reject(new Error(scene.refusal))
        return Promise.resolve([{ result: { url: scene.front.url, areas: scene.areas, viewport: VIEWPORT } }])
      },
    },
  }
  Object.assign(browser, { windows: chrome.windows, scripting: chrome.scripting })
  Object.assign(browser.tabs, chrome.tabs)
}

beforeEach(async () => {
  scene = {
    front: ARTICLE,
    tabs: [ARTICLE, OTHER],
    areas: [FIELD],
    minimised: false,
    captures: 0,
    during: () => undefined,
  }
  playScene()
  await excludeSites()
})

async function excludeSites(...excludedSites: string[]): Promise<void> {
  const { sight } = await readSettings()
  await changeSettings({ sight: { ...sight, excludedSites } })
}

describe('captureTab', () => {
  it('hands over the picture with all that must be covered in it', async () => {
    expect(await captureTab(undefined)).toEqual({
      ok: true,
      value: {
        dataUrl: 'data:image/jpeg;base64,1',
        tabId: 1,
        url: 'https://example.org/a',
        secrets: [FIELD],
        viewport: VIEWPORT,
      },
    })
  })

  it.each<[why: string, change: () => void, code: string]>([
    ['a field moved', () => (scene.areas = [{ ...FIELD, y: 0.2 }]), 'page-changed'],
    ['a field came', () => (scene.areas = [FIELD, FIELD]), 'page-changed'],
    ['the page went on', () => (scene.front = { ...ARTICLE, url: 'https://example.org/b' }), 'page-changed'],
    [
      'another tab came to the front',
      () => (scene.front = { ...OTHER, url: 'https://b.example/' }),
      'tab-not-in-front',
    ],
    ['a tab came that may not be seen', () => (scene.front = OTHER), 'tab-not-in-front'],
    ['the tab was closed', () => ((scene.tabs = [OTHER]), (scene.front = OTHER)), 'tab-closed'],
    ['the window was minimised', () => (scene.minimised = true), 'tab-not-in-front'],
    ['the page could not be asked again', () => (scene.refusal = 'Frame with ID 0 was removed.'), 'capture-failed'],
  ])('hands over nothing when %s while it was taken', async (_why, change, code) => {
    scene.during = change
    expect(await captureTab(1)).toMatchObject({ ok: false, code })
    expect(scene.captures).toBe(1)
  })

  it.each<[why: string, change: () => void, code: string]>([
    ['in an incognito window', () => (scene.front = { ...ARTICLE, incognito: true }), 'page-not-capturable'],
    ['of a minimised window', () => (scene.minimised = true), 'tab-not-in-front'],
    ['of another tab', () => (scene.front = { ...OTHER, url: 'https://example.org/' }), 'tab-not-in-front'],
    ['of a closed tab', () => ((scene.tabs = [OTHER]), (scene.front = OTHER)), 'tab-closed'],
    ['when fields cannot be looked for', () => (scene.refusal = 'The page crashed.'), 'capture-failed'],
    ['of Chrome’s own pages', () => (scene.refusal = 'Cannot access a chrome:// URL'), 'page-not-capturable'],
    [
      'without a permission',
      () => {
        scene.front = { ...OTHER, id: 1 }
        scene.refusal = 'Cannot access contents of the page. Extension manifest must request permission to access'
      },
      'permission-needed',
    ],
  ])('takes no picture %s', async (_why, change, code) => {
    change()
    expect(await captureTab(1)).toMatchObject({ ok: false, code })
    expect(scene.captures).toBe(0)
  })

  it('takes no picture of a site that is excluded, nor hands over one that came while it was taken', async () => {
    await excludeSites('example.org')
    expect(await captureTab(1)).toMatchObject({ code: 'site-excluded' })
    expect(scene.captures).toBe(0)
    await excludeSites('bank.example')
    scene.during = () => (scene.front = { ...ARTICLE, url: 'https://www.bank.example/' })
    expect(await captureTab(1)).toMatchObject({ code: 'site-excluded' })
  })
})

describe('checkTab', () => {
  it('says whether a picture could be taken, and takes none', async () => {
    expect(await checkTab(1)).toEqual({ ok: true, value: { url: 'https://example.org/a' } })
    scene.front = { ...OTHER, url: 'https://b.example/' }
    expect(await checkTab(1)).toMatchObject({ code: 'tab-not-in-front' })
    scene.front = ARTICLE
    await excludeSites('example.org')
    expect(await checkTab(1)).toMatchObject({ code: 'site-excluded' })
    expect(scene.captures).toBe(0)
  })
})
