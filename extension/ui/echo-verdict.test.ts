import { describe, expect, it } from 'vitest'
import { echoVerdict } from './echo-verdict.ts'

describe('echoVerdict', () => {
  it('hears nothing where nothing rises above the room', () => {
    expect(echoVerdict([-100, -100], [-98, -97])).toBe('none')
    expect(echoVerdict([-45, -50], [-40, -44])).toBe('none')
  })

  it('takes a note that is far too quiet for a voice as nothing', () => {
    expect(echoVerdict([-110, -110], [-75, -70])).toBe('none')
  })

  it('hears a note that comes back, and how loud', () => {
    expect(echoVerdict([-90, -90], [-55, -90])).toBe('some')
    expect(echoVerdict([-90, -90], [-55, -20])).toBe('strong')
    expect(echoVerdict([-Infinity, -Infinity], [-30, -Infinity])).toBe('strong')
  })

  it('a room that is as loud as the note proves nothing', () => {
    expect(echoVerdict([-30, -30], [-20, -20])).toBe('none')
  })
})
