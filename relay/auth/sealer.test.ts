import { describe, expect, it } from 'vitest'
import { createSealer } from './sealer.ts'

const [NEW, OLD] = ['n'.repeat(32), 'o'.repeat(32)]

describe('a sealer', () => {
  it('opens what it sealed, never the same twice', () => {
    const { seal, open } = createSealer([NEW], 'test')
    const sealed = [seal('a handle: ü'), seal('a handle: ü')]
    expect(sealed.map(open)).toEqual(['a handle: ü', 'a handle: ü'])
    expect(sealed[0]).not.toBe(sealed[1])
    expect(Buffer.from(sealed[0]!, 'base64url').toString()).not.toContain('handle')
    expect(open(seal(''))).toBe('')
  })

  it('opens what an older secret sealed, and nothing of another secret or purpose', () => {
    const sealed = createSealer([OLD], 'test').seal('x')
    expect(createSealer([NEW, OLD], 'test').open(sealed)).toBe('x')
    expect(createSealer([NEW], 'test').open(sealed)).toBeUndefined()
    expect(createSealer([OLD], 'other').open(sealed)).toBeUndefined()
  })

  it('opens nothing that was changed or is no sealed text', () => {
    const { seal, open } = createSealer([NEW], 'test')
    const bytes = Buffer.from(seal('text'), 'base64url')
    for (let index = 0; index < bytes.byteLength; index++) {
      const changed = Buffer.from(bytes)
      changed[index]! ^= 1
      expect(open(changed.toString('base64url'))).toBeUndefined()
    }
    for (const text of ['', 'x', '!', 'A'.repeat(40)]) expect(open(text)).toBeUndefined()
  })
})
