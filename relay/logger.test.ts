import { describe, expect, it } from 'vitest'
import { createLogger, scrubSecrets } from './logger.ts'

describe('scrubSecrets', () => {
  it.each([
    ['wss://host/ws/x.v1beta.Service?key=AbC-123_x&alt=1', 'wss://host/ws/x.v1beta.Service?key=•••&alt=1'],
    ['wss://host/y?access_token=auth_tokens/abc', 'wss://host/y?access_token=•••'],
    ['Authorization: Bearer eyJhbGciOi.eyJz.dXI', 'Authorization: Bearer •••'],
    ['protocols aside.v1, ticket.q83-_w', 'protocols aside.v1, ticket.•••'],
    [`the key AIza${'x'.repeat(35)} was reported as leaked`, 'the key ••• was reported as leaked'],
  ])('takes the secret out of %s', (text, scrubbed) => {
    expect(scrubSecrets(text)).toBe(scrubbed)
  })

  it('leaves ordinary words alone', () => {
    const text = 'the key to the ticket office; monkey=1 is odd'
    expect(scrubSecrets(text)).toBe(text)
  })
})

describe('a logger', () => {
  it('scrubs the finished line, whatever field the secret came in', () => {
    const lines: string[] = []
    const logger = createLogger('info', { write: (line) => lines.push(line) }).child({ session: 's1' })
    logger.warn({ reason: 'refused wss://host/?key=hunter2' }, 'ticket.abc was used twice')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      session: 's1',
      reason: 'refused wss://host/?key=•••',
      msg: 'ticket.••• was used twice',
    })
  })

  it('writes nothing below its level', () => {
    const lines: string[] = []
    const logger = createLogger('info', { write: (line) => lines.push(line) })
    logger.debug({}, 'quiet')
    expect(lines).toEqual([])
  })
})
