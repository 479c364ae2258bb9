import { describe, expect, it } from 'vitest'
import { parseArguments } from './arguments.ts'

describe('parseArguments', () => {
  it('keeps recordings and typed turns in the order given', () => {
    const parsed = parseArguments(['a.wav', '--text', 'one', 'b.wav', '--text=two', '--json'])
    expect(parsed).toEqual({
      ok: true,
      options: {
        inputs: [
          { kind: 'recording', path: 'a.wav' },
          { kind: 'text', text: 'one' },
          { kind: 'recording', path: 'b.wav' },
          { kind: 'text', text: 'two' },
        ],
        json: true,
      },
    })
  })

  it('takes an address and a file for the answers', () => {
    const parsed = parseArguments(['--text', 'hi', '--url', 'https://relay.example', '--out', 'answer.wav'])
    expect(parsed).toMatchObject({
      ok: true,
      options: { url: 'https://relay.example', out: 'answer.wav', json: false },
    })
  })

  it('takes a pairing code for the relay it is pointed at', () => {
    const parsed = parseArguments(['a.wav', '--url', 'https://relay.example', '--code', 'ABCD-EFGH'])
    expect(parsed).toMatchObject({ ok: true, options: { code: 'ABCD-EFGH' } })
  })

  it.each([
    { why: 'a code for a relay of its own', args: ['a.wav', '--code', 'ABCD'], says: '--url' },
    { why: 'nothing to say', args: [], says: 'nothing to say' },
    { why: 'nothing to say in JSON', args: ['--json'], says: 'nothing to say' },
    { why: 'an unknown option', args: ['a.wav', '--loud'], says: '--loud' },
    { why: 'an option without its value', args: ['a.wav', '--out'], says: '--out' },
    { why: 'an empty typed turn', args: ['--text', '  '], says: '1 to 8000 characters' },
    { why: 'a typed turn that no relay takes', args: ['--text', 'x'.repeat(8001)], says: '1 to 8000 characters' },
    { why: 'a socket address', args: ['a.wav', '--url', 'ws://127.0.0.1:8787'], says: 'http://127.0.0.1:8787' },
    { why: 'an address without a scheme', args: ['a.wav', '--url', '127.0.0.1:8787'], says: 'http://127.0.0.1:8787' },
  ])('refuses $why with a sentence', ({ args, says }) => {
    const parsed = parseArguments(args)
    expect(parsed).toMatchObject({ ok: false, fault: expect.stringContaining(says) as string })
  })
})
