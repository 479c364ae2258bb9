import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SightRequest } from '../../messaging/messages.ts'
import { type SightSettings } from '../../messaging/voice-settings.ts'
import { type EncodeRequest } from './encoded-picture.ts'
import { type Look, type Opening } from './sight-source.ts'
import { type SentPicture, Sight } from './sight.ts'

const SETTINGS: SightSettings = { width: 800, quality: 0.6, pace: 'changes' }
const PICTURE: Look = { name: 'picture', picture: { image: 'data:,', secrets: [] } }
const FRAME_MS = 32

/** Sight of a source whose looks the test decides; the grey of its pictures is `scene.grey`. */
function openSight(settings: SightSettings = SETTINGS) {
  const scene = {
    grey: 100,
    look: PICTURE,
    opening: undefined as Promise<Opening> | undefined,
    encoding: (): Promise<unknown> => Promise.resolve(),
    looks: 0,
    checks: 0,
  }
  const sent: SentPicture[] = []
  const encoded: EncodeRequest[] = []
  const opened: { request: SightRequest; signal: AbortSignal }[] = []
  const states: unknown[] = []
  const source = {
    look: () => {
      scene.looks++
      return Promise.resolve(scene.look)
    },
    check: () => {
      scene.checks++
      return Promise.resolve(scene.look.name === 'picture' ? undefined : scene.look)
    },
  }
  const sight = new Sight({
    openSource: (request, _width, signal) => {
      opened.push({ request, signal })
      return scene.opening ?? Promise.resolve({ ok: true, source })
    },
    encoder: {
      encode: async (request) => {
        const { grey } = scene
        encoded.push(request)
        await scene.encoding()
        return { jpeg: new ArrayBuffer(grey), thumbnail: new Uint8Array(1024).fill(grey) }
      },
    },
    send: (picture) => {
      sent.push(picture)
      return true
    },
    onChange: (sharing) => states.push(sharing),
  })
  sight.apply(settings)
  return {
    sight,
    scene,
    sent,
    encoded,
    opened,
    states,
    source,
    sizes: () => sent.map(({ jpeg }) => jpeg.byteLength),
    speak: async (ms: number) => {
      for (let spokenMs = 0; spokenMs < ms; spokenMs += FRAME_MS) {
        sight.hear(0.1)
        await vi.advanceTimersByTimeAsync(FRAME_MS)
      }
    },
  }
}

describe('Sight', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sends what changed at once, and what stands still every five seconds', async () => {
    const { sight, scene, sent, sizes } = openSight()
    sight.share({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(2500)
    expect(sizes()).toEqual([100])
    scene.grey = 200
    await vi.advanceTimersByTimeAsync(1000)
    expect(sizes()).toEqual([100, 200])
    await vi.advanceTimersByTimeAsync(5000)
    expect(sizes()).toEqual([100, 200, 200])
    expect(sent.map(({ reason }) => reason)).toEqual(['first', 'changed', 'repeated'])
  })

  it('sends at most one picture a second, whatever happens', async () => {
    const { sight, scene, sent, speak } = openSight({ ...SETTINGS, pace: 'speaking' })
    sight.share({ source: 'tab' })
    for (let times = 0; times < 60; times++) {
      scene.grey = 50 + times * 3
      sight.apply({ ...SETTINGS, pace: times % 2 === 0 ? 'changes' : 'speaking' })
      sight.wrote()
      await speak(200)
    }
    const gaps = sent.slice(1).map(({ capturedAtMs }, index) => capturedAtMs - sent[index]!.capturedAtMs)
    expect(sent.length).toBeGreaterThan(8)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000)
  })

  it('makes one picture at a time', async () => {
    const { sight, scene, encoded } = openSight()
    const encoding = Promise.withResolvers<undefined>()
    scene.encoding = () => encoding.promise
    sight.share({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(5000)
    expect(encoded).toHaveLength(1)
    encoding.resolve(undefined)
    await vi.advanceTimersByTimeAsync(500)
    expect(encoded).toHaveLength(2)
  })

  it('sends no picture any more once it was stopped, not even one that is being made', async () => {
    const { sight, scene, sent, opened, states } = openSight()
    const encoding = Promise.withResolvers<undefined>()
    scene.encoding = () => encoding.promise
    sight.share({ source: 'camera' })
    await vi.advanceTimersByTimeAsync(500)
    sight.stop()
    encoding.resolve(undefined)
    await vi.advanceTimersByTimeAsync(5000)
    expect([sent, opened[0]!.signal.aborted, states.at(-1)]).toEqual([[], true, {}])
  })

  it('shows one source at a time: what is made of the former one is not sent', async () => {
    const { sight, scene, sent, opened, states } = openSight()
    const encoding = Promise.withResolvers<undefined>()
    scene.encoding = () => encoding.promise
    sight.share({ source: 'screen' })
    await vi.advanceTimersByTimeAsync(500)
    scene.encoding = () => Promise.resolve()
    sight.share({ source: 'tab', tabId: 3 })
    encoding.resolve(undefined)
    await vi.advanceTimersByTimeAsync(100)
    expect(sent.map(({ source }) => source)).toEqual(['tab'])
    expect(opened.map(({ signal }) => signal.aborted)).toEqual([true, false])
    expect(states.at(-1)).toEqual({ source: 'tab' })
  })

  it('gives back a camera that was granted too late', async () => {
    const { sight, scene, source, opened, states } = openSight()
    const opening = Promise.withResolvers<Opening>()
    scene.opening = opening.promise
    sight.share({ source: 'camera' })
    expect(states).toEqual([{ source: 'camera', waiting: 'opening' }])
    sight.stop()
    opening.resolve({ ok: true, source })
    await vi.advanceTimersByTimeAsync(3000)
    expect([scene.looks, opened[0]!.signal.aborted]).toEqual([0, true])
    expect(states.at(-1)).toEqual({})
  })

  it('says why nothing could be opened', async () => {
    const { sight, scene, states } = openSight()
    scene.opening = Promise.resolve({ ok: false, problem: 'camera-denied' })
    sight.share({ source: 'camera' })
    await vi.advanceTimersByTimeAsync(0)
    expect(states.at(-1)).toEqual({ problem: 'camera-denied' })
  })

  it('ends with what is over, and gives the source back', async () => {
    const { sight, scene, states, opened } = openSight()
    sight.share({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(500)
    scene.look = { name: 'over', problem: 'site-changed' }
    await vi.advanceTimersByTimeAsync(1000)
    expect(states.at(-1)).toEqual({ problem: 'site-changed' })
    expect(opened[0]!.signal.aborted).toBe(true)
    const { looks } = scene
    await vi.advanceTimersByTimeAsync(5000)
    expect(scene.looks).toBe(looks)
  })

  it('waits while there is nothing to see, and goes on when it is back', async () => {
    const { sight, scene, sent, states } = openSight()
    scene.look = { name: 'nothing', why: 'tab-not-in-front' }
    sight.share({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect([sent, states.at(-1)]).toEqual([[], { source: 'tab', waiting: 'tab-not-in-front' }])
    scene.look = PICTURE
    await vi.advanceTimersByTimeAsync(1000)
    expect([sent.length, states.at(-1)]).toEqual([1, { source: 'tab' }])
  })

  it('forgives four failures and not five', async () => {
    const { sight, scene, states, sent } = openSight()
    scene.look = { name: 'failed' }
    sight.share({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(3500)
    scene.look = PICTURE
    await vi.advanceTimersByTimeAsync(1000)
    expect([sent.length, states.at(-1)]).toEqual([1, { source: 'tab' }])
    scene.encoding = () => Promise.reject(new Error('the covers would not fit the picture'))
    await vi.advanceTimersByTimeAsync(4000)
    expect(states.at(-1)).toEqual({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(states.at(-1)).toEqual({ problem: 'capture-failed' })
  })

  describe('while the person speaks', () => {
    const SPEAKING: SightSettings = { ...SETTINGS, pace: 'speaking' }

    it('does not look before the first word, then at once, and no longer soon after the last', async () => {
      const { sight, scene, sent, states, speak } = openSight(SPEAKING)
      sight.share({ source: 'tab' })
      await vi.advanceTimersByTimeAsync(10_300)
      expect([scene.looks, sent, states.at(-1)]).toEqual([0, [], { source: 'tab', waiting: 'quiet' }])
      scene.grey = 120
      await speak(160)
      expect([scene.looks, sent[0]!.jpeg.byteLength, states.at(-1)]).toEqual([1, 120, { source: 'tab' }])
      await vi.advanceTimersByTimeAsync(5000)
      const { looks } = scene
      await vi.advanceTimersByTimeAsync(10_000)
      expect([scene.looks, states.at(-1)]).toEqual([looks, { source: 'tab', waiting: 'quiet' }])
    })

    it('still notices what ends it', async () => {
      const { sight, scene, states } = openSight(SPEAKING)
      sight.share({ source: 'tab' })
      await vi.advanceTimersByTimeAsync(2000)
      scene.look = { name: 'over' }
      await vi.advanceTimersByTimeAsync(1000)
      expect([states.at(-1), scene.looks]).toEqual([{}, 0])
    })
  })

  it('takes a change of the settings with the next picture, which is sent although nothing moved', async () => {
    const { sight, sent, encoded } = openSight()
    sight.share({ source: 'tab' })
    await vi.advanceTimersByTimeAsync(1500)
    sight.apply({ width: 320, quality: 0.3, pace: 'changes' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(encoded.at(-1)).toMatchObject({ width: 320, quality: 0.3 })
    expect(sent).toHaveLength(2)
  })
})
