import { describe, expect, it, vi } from 'vitest'
import { createReadiness } from './readiness.ts'

const WELL = { isDraining: () => false, isStoreHealthy: () => Promise.resolve(true), isUpstreamReachable: () => true }

describe('readiness', () => {
  it('has nothing to say against a relay that is well', async () => {
    expect(await createReadiness(WELL)()).toEqual([])
  })

  it('names every reason', async () => {
    const readiness = createReadiness({
      isDraining: () => true,
      isStoreHealthy: () => Promise.resolve(false),
      isUpstreamReachable: () => false,
    })
    expect(await readiness()).toEqual(['draining', 'store', 'upstream'])
  })

  it('asks the store once for everybody who asks at the same time', async () => {
    const isStoreHealthy = vi.fn(() => Promise.resolve(true))
    const readiness = createReadiness({ ...WELL, isStoreHealthy })
    await Promise.all([readiness(), readiness(), readiness()])
    expect(isStoreHealthy).toHaveBeenCalledTimes(1)
  })

  it('does not wait for a store that hangs, and asks again later', async () => {
    vi.useFakeTimers()
    try {
      const isStoreHealthy = vi.fn(() => new Promise<boolean>(() => undefined))
      const readiness = createReadiness({ ...WELL, isStoreHealthy })
      const first = readiness()
      await vi.advanceTimersByTimeAsync(1_000)
      expect(await first).toEqual(['store'])
      isStoreHealthy.mockResolvedValue(true)
      expect(await readiness()).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
})
