import { describe, expect, it } from 'vitest'
import { ExpiringMap } from './expiring-map.ts'

function stage() {
  const clock = { ms: 1_000 }
  return { clock, map: new ExpiringMap<string>(() => clock.ms) }
}

describe('ExpiringMap', () => {
  it('has an entry until its time', () => {
    const { clock, map } = stage()
    map.set('a', 'short', 10)
    map.set('b', 'for ever')
    clock.ms += 9
    expect(map.get('a')).toBe('short')
    clock.ms += 1
    expect(map.get('a')).toBeUndefined()
    expect(map.get('b')).toBe('for ever')
    expect([...map.keys()]).toEqual(['b'])
  })

  it('deletes what is there, not what expired', () => {
    const { clock, map } = stage()
    map.set('a', 'a', 10)
    expect(map.delete('a')).toBe(true)
    expect(map.delete('a')).toBe(false)
    map.set('a', 'a', 10)
    clock.ms += 10
    expect(map.delete('a')).toBe(false)
  })

  it('clears what nobody asks for any more', () => {
    const { clock, map } = stage()
    for (let index = 0; index < 100_000; index++) {
      clock.ms += 1
      map.set(`key ${index}`, 'x', 100)
    }
    // The clean-up runs whenever it has doubled, so it never holds many times what is alive.
    expect(map.size).toBeLessThan(2_500)
    expect(map.get('key 99999')).toBe('x')
  })
})
