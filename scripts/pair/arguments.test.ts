import { describe, expect, it } from 'vitest'
import { parsePairArguments } from './arguments.ts'

describe('parsePairArguments', () => {
  it('reads whose the device will be, and what it is called', () => {
    expect(parsePairArguments(['--user', '  Ada  Lovelace '])).toEqual({ kind: 'pair', user: 'Ada Lovelace' })
    expect(parsePairArguments(['--user=Ada', '--device', 'Laptop'])).toEqual({
      kind: 'pair',
      user: 'Ada',
      device: 'Laptop',
    })
    expect(parsePairArguments(['--help'])).toEqual({ kind: 'help' })
    expect(parsePairArguments(['--user', 'Ada', '-h'])).toEqual({ kind: 'help' })
  })

  it.each([[[]], [['--user']], [['--user', ' \u200b ']], [['Ada']], [['--user', 'Ada', '--minutes', '5']]])(
    'refuses %j with a sentence',
    (args) => {
      expect(parsePairArguments(args)).toEqual({ kind: 'fault', fault: expect.stringMatching(/\w/) as string })
    },
  )
})
