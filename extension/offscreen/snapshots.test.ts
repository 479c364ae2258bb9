import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answer, type PageSnapshot } from '../messaging/messages.ts'
import { Snapshots } from './snapshots.ts'

const snapshot = (url: string): Answer<PageSnapshot> => ({
  ok: true,
  value: { dataUrl: 'data:,', tabId: 7, title: '', url, secrets: [], viewport: { width: 1, height: 1 } },
})
const PAGE = snapshot('https://example.org/a')
const refusal = (code: string): Answer<never> => ({ ok: false, code, message: '' })

/** Shares a tab whose captures the test decides. */
function share(capture: () => Answer<PageSnapshot> | Promise<Answer<PageSnapshot>>) {
  const sent: number[] = []
  const previews: ArrayBuffer[] = []
  const stopped: string[] = []
  const requests: { tabId?: number }[] = []
  const screen = { grey: 100, encoding: Promise.resolve() }
  const snapshots = new Snapshots({
    captureTab: async (request) => {
      requests.push(request)
      return capture()
    },
    encode: async () => {
      await screen.encoding
      return { jpeg: new ArrayBuffer(screen.grey), thumbnail: new Uint8Array(1024).fill(screen.grey) }
    },
    send: (jpeg) => {
      sent.push(jpeg.length)
      return true
    },
    preview: (jpeg) => previews.push(jpeg),
    onStopped: (problem) => stopped.push(problem),
  })
  snapshots.start()
  return { snapshots, sent, previews, stopped, requests, screen }
}

describe('Snapshots', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sends what changed at once, what stands still every five seconds, and shows exactly that', async () => {
    const { sent, previews, screen } = share(() => PAGE)
    await vi.advanceTimersByTimeAsync(2500)
    expect(sent).toEqual([100])
    screen.grey = 200
    await vi.advanceTimersByTimeAsync(1000)
    expect(sent).toEqual([100, 200])
    await vi.advanceTimersByTimeAsync(5000)
    expect(sent).toEqual([100, 200, 200])
    expect(previews.map((jpeg) => jpeg.byteLength)).toEqual(sent)
  })

  it('asks for the tab it began with, and for no other', async () => {
    const { requests } = share(() => PAGE)
    await vi.advanceTimersByTimeAsync(2100)
    expect(requests).toEqual([{}, { tabId: 7 }, { tabId: 7 }])
  })

  it('sends nothing while another tab is in front, and goes on when it is back', async () => {
    let inFront = false
    const { sent, stopped } = share(() => (inFront ? PAGE : refusal('tab-not-in-front')))
    await vi.advanceTimersByTimeAsync(20_000)
    expect([sent, stopped]).toEqual([[], []])
    inFront = true
    await vi.advanceTimersByTimeAsync(1000)
    expect(sent).toEqual([100])
  })

  it('ends with the site that was shared', async () => {
    let page = PAGE
    const { sent, stopped } = share(() => page)
    await vi.advanceTimersByTimeAsync(500)
    page = snapshot('https://other.example/a')
    await vi.advanceTimersByTimeAsync(3000)
    expect([sent, stopped]).toEqual([[100], ['permission-needed']])
  })

  it.each(['permission-needed', 'page-not-capturable'])('ends at once with %s', async (code) => {
    const { stopped } = share(() => refusal(code))
    await vi.advanceTimersByTimeAsync(3000)
    expect(stopped).toEqual([code])
  })

  it('forgives four failures and not five', async () => {
    let failures = 0
    const { stopped, sent } = share(() => (failures++ % 6 === 4 ? PAGE : refusal('capture-failed')))
    await vi.advanceTimersByTimeAsync(4500)
    expect([stopped, sent]).toEqual([[], [100]])
    await vi.advanceTimersByTimeAsync(5000)
    expect(stopped).toEqual(['capture-failed'])
  })

  it('sends no picture any more once it was stopped, not even one that is being made', async () => {
    const { snapshots, sent, screen } = share(() => PAGE)
    const encoding = Promise.withResolvers<undefined>()
    screen.encoding = encoding.promise
    await vi.advanceTimersByTimeAsync(500)
    snapshots.stop()
    encoding.resolve(undefined)
    await vi.advanceTimersByTimeAsync(5000)
    expect(sent).toEqual([])
  })

  it('makes one picture at a time', async () => {
    const { requests, screen } = share(() => PAGE)
    const encoding = Promise.withResolvers<undefined>()
    screen.encoding = encoding.promise
    await vi.advanceTimersByTimeAsync(5000)
    expect(requests).toHaveLength(1)
    encoding.resolve(undefined)
    await vi.advanceTimersByTimeAsync(1000)
    expect(requests).toHaveLength(2)
  })
})
