import { describe, expect, it } from 'vitest'
import { fitReason } from './closing.ts'
import { encodeServerMessage, seconds } from './server-message.ts'

describe('encodeServerMessage', () => {
  it('leaves defaults out, but not the message itself', () => {
    expect(encodeServerMessage({ sessionResumptionUpdate: { newHandle: '', resumable: false } })).toBe(
      '{"sessionResumptionUpdate":{}}',
    )
    expect(encodeServerMessage({ serverContent: { outputTranscription: { text: 'a', finished: false } } })).toBe(
      '{"serverContent":{"outputTranscription":{"text":"a"}}}',
    )
  })

  it('leaves a call’s arguments alone', () => {
    const args = { flag: false, count: 0, name: '', list: [] }
    const text = encodeServerMessage({ toolCall: { functionCalls: [{ id: '1', name: 'f', args }] } })
    expect(JSON.parse(text)).toEqual({ toolCall: { functionCalls: [{ id: '1', name: 'f', args }] } })
  })
})

describe('seconds', () => {
  it('writes durations as protobuf does', () => {
    expect([seconds(50_000), seconds(1_500), seconds(-1)]).toEqual(['50s', '1.5s', '0s'])
  })
})

describe('fitReason', () => {
  it('cuts to 123 bytes and never in the middle of a character', () => {
    expect(fitReason('x'.repeat(200))).toHaveLength(123)
    const fitted = fitReason(`${'x'.repeat(122)}é`)
    expect(fitted).toBe('x'.repeat(122))
    expect(fitReason('short')).toBe('short')
  })
})
