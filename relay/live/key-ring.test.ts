import { describe, expect, it } from 'vitest'
import { KeyRing } from './key-ring.ts'

function stage(...values: string[]) {
  const clock = { nowMs: 0 }
  const ring = new KeyRing(values, () => clock.nowMs)
  return { ring, clock, take: (id?: string) => ring.take(id)?.value }
}

describe('the key ring', () => {
  it('hands out its keys in turn', () => {
    const { take } = stage('a', 'b', 'c')
    expect([take(), take(), take(), take()]).toEqual(['a', 'b', 'c', 'a'])
  })

  it('keeps a conversation with its key', () => {
    const { ring, take } = stage('a', 'b')
    const { id } = ring.take()!
    expect([take(id), take(id)]).toEqual(['a', 'a'])
    expect(id).not.toContain('a'.repeat(2))
  })

  it('lets a spent key rest, each time for longer, until it works again', () => {
    const { ring, clock, take } = stage('a')
    const key = ring.take()!
    ring.failed(key, 'quota')
    expect([take(), ring.hasUsable]).toEqual([undefined, false])
    clock.nowMs = 30_000
    expect(take()).toBe('a')
    ring.failed(key, 'quota')
    clock.nowMs = 60_000
    expect(take()).toBeUndefined()
    clock.nowMs = 90_000
    ring.worked(key)
    ring.failed(key, 'quota')
    clock.nowMs = 120_000
    expect(take()).toBe('a')
  })

  it('leaves a refused key out, also for conversations that had it', () => {
    const { ring, clock, take } = stage('a', 'b')
    const refused = ring.take()!
    ring.failed(refused, 'key')
    expect([take(refused.id), take(), take()]).toEqual(['b', 'b', 'b'])
    clock.nowMs = 15 * 60_000
    expect(take(refused.id)).toBe('a')
  })
})
