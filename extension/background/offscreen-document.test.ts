import { beforeEach, describe, expect, it } from 'vitest'
import { fakeBrowser } from 'wxt/testing/fake-browser'
import { ensureOffscreenDocument } from './offscreen-document.ts'

describe('ensureOffscreenDocument', () => {
  let documents = 0
  let made: { url: string; reasons: string[] }[] = []

  beforeEach(() => {
    documents = 0
    made = []
    Object.assign(fakeBrowser.runtime, {
      getContexts: () => Promise.resolve(Array.from({ length: documents }, () => ({}))),
    })
    // As Chrome does it: it takes a while, and a second document is refused.
    Object.assign(fakeBrowser, {
      offscreen: {
        createDocument: async (document: { url: string; reasons: string[] }) => {
          made.push(document)
          if (made.length > 1) throw new Error('Only a single offscreen document may be created.')
          await new Promise((resolve) => setTimeout(resolve, 5))
          documents = 1
        },
      },
    })
  })

  it('makes one document however many ask at once, and all wait until it is there', async () => {
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        await ensureOffscreenDocument()
        expect(documents).toBe(1)
      }),
    )
    expect(made).toHaveLength(1)
  })

  it('gives the reason that keeps it alive without sound', async () => {
    await ensureOffscreenDocument()
    expect(made[0]).toMatchObject({ url: '/offscreen.html', reasons: ['USER_MEDIA', 'AUDIO_PLAYBACK'] })
  })

  it('can try again after a failure', async () => {
    made.push({ url: '', reasons: [] })
    await expect(ensureOffscreenDocument()).rejects.toThrow('single')
    made = []
    await ensureOffscreenDocument()
    expect(documents).toBe(1)
  })
})
