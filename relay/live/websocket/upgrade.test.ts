import { describe, expect, it } from 'vitest'
import { createHash } from 'node:crypto'
import { MAX_UPGRADE_BYTES, Upgrade } from './upgrade.ts'

const url = new URL('ws://brain.example:81/live?key=k')

function upgrade(): { readonly asked: Upgrade; readonly accept: string } {
  const asked = new Upgrade(url, { 'User-Agent': 'aside' })
  const key = /Sec-WebSocket-Key: (\S+)/.exec(asked.request)?.[1] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return { asked, accept }
}

describe('Upgrade', () => {
  it('asks as RFC 6455 wants it, for no extension and no subprotocol', () => {
    const { asked } = upgrade()
    const [first, ...lines] = asked.request.split('\r\n')
    expect(first).toBe('GET /live?key=k HTTP/1.1')
    expect(lines.map((line) => line.replace(/(Key: ).{22}==$/, '$1…'))).toEqual([
      'Host: brain.example:81',
      'User-Agent: aside',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: …',
      '',
      '',
    ])
    expect(upgrade().asked.request).not.toBe(asked.request)
  })

  it.each([{ 'x-a': 'b\r\nInjected: yes' }, { 'x\n': 'b' }, { 'x:y': 'b' }])(
    'refuses a header that breaks its line',
    (headers) => {
      expect(() => new Upgrade(url, headers as unknown as Record<string, string>)).toThrow(TypeError)
    },
  )

  it('agrees to the right answer, however it is written, and knows where the frames begin', () => {
    const { asked, accept } = upgrade()
    const head = `HTTP/1.1 101 Sure\r\nUPGRADE:WebSocket\r\nconnection: keep-alive, upgrade\r\nSec-Websocket-Accept:  ${accept} \r\nDate: x\r\n\r\n`
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from([0x82, 0])])
    expect(asked.readAnswer(bytes)).toEqual({ framesAt: head.length })
    for (let length = 0; length < head.length; length++)
      expect(asked.readAnswer(bytes.subarray(0, length))).toBeUndefined()
  })

  const right = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: ACCEPT',
  ]
  it.each([
    ['another status', ['HTTP/1.1 403 Forbidden', ...right.slice(1)], 'Unexpected server response: 403'],
    ['no HTTP', ['SSH-2.0-x', ...right.slice(1)], 'The answer to the upgrade is not HTTP'],
    ['HTTP/2', ['HTTP/2 101', ...right.slice(1)], 'The answer to the upgrade is not HTTP'],
    ['no upgrade', [right[0], ...right.slice(2)], 'Invalid Upgrade header'],
    ['an upgrade to something else', [right[0], 'Upgrade: h2c', ...right.slice(2)], 'Invalid Upgrade header'],
    ['no connection header', [...right.slice(0, 2), right[3]], 'Invalid Connection header'],
    ['another key', [...right.slice(0, 3), 'Sec-WebSocket-Accept: nonsense'], 'Invalid Sec-WebSocket-Accept header'],
    ['two keys', [...right, 'Sec-WebSocket-Accept: ACCEPT'], 'Invalid Sec-WebSocket-Accept header'],
    [
      'compression',
      [...right, 'Sec-WebSocket-Extensions: permessage-deflate'],
      'The server answered with a sec-websocket-extensions nobody asked for',
    ],
    [
      'a subprotocol',
      [...right, 'Sec-WebSocket-Protocol: x'],
      'The server answered with a sec-websocket-protocol nobody asked for',
    ],
  ])('refuses %s', (_name, lines, refusal) => {
    const { asked, accept } = upgrade()
    const bytes = Buffer.from(`${lines.join('\r\n').replaceAll('ACCEPT', accept)}\r\n\r\n`)
    expect(asked.readAnswer(bytes)).toEqual({ refusal })
  })

  it('does not wait for ever for the end of an answer', () => {
    const { asked } = upgrade()
    expect(asked.readAnswer(Buffer.alloc(MAX_UPGRADE_BYTES, 'x'))).toBeUndefined()
    expect(asked.readAnswer(Buffer.alloc(MAX_UPGRADE_BYTES + 1, 'x'))).toHaveProperty('refusal')
  })
})
