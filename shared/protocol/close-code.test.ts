import { describe, expect, it } from 'vitest'
import { CLOSE, closeSentence, shouldReconnect } from './close-code.ts'

describe('close codes', () => {
  it.each([1001, 1005, 1006, 1011, 1012, 4000, 4001, 4002, 4003, 4499])('%i: a client comes back', (code) => {
    expect(shouldReconnect(code)).toBe(true)
  })

  it.each([1000, 1009, 4500, 4501, 4503, 4504, 4505, 4508, 4509, 4999])('%i: a client stops', (code) => {
    expect(shouldReconnect(code)).toBe(false)
  })

  it('have a sentence each, but what the other side said comes first', () => {
    for (const code of Object.values(CLOSE)) expect(closeSentence(code, '')).toMatch(/^[A-Z].+\.$/)
    expect(closeSentence(CLOSE.quota, 'Used up until 14:00.')).toBe('Used up until 14:00.')
  })
})
