import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type Answer } from '../messaging/messages.ts'
import { ToolCalls } from './tool-calls.ts'

type Output = Record<string, unknown>

/** Calls whose tools finish when the test says so. */
function openCalls() {
  const replies: ClientMessageOf<'tool.result'>[] = []
  const running = new Map<string, PromiseWithResolvers<Answer<Output>>>()
  const calls = new ToolCalls(
    ({ name }) => {
      const finish = Promise.withResolvers<Answer<Output>>()
      running.set(name, finish)
      return finish.promise
    },
    (reply) => replies.push(reply),
  )
  const call = (name: string) => calls.call({ type: 'tool.call', callId: name, name, args: {}, timeoutMs: 1000 })
  return { calls, call, replies, finish: (name: string) => running.get(name) }
}

describe('ToolCalls', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('answers each call once, with the output or the reason', async () => {
    const { call, replies, finish } = openCalls()
    call('a')
    call('a')
    call('b')
    call('c')
    finish('b')?.resolve({ ok: false, code: 'page_is_pdf', message: 'A PDF.' })
    finish('a')?.resolve({ ok: true, value: { text: 'Hello.' } })
    finish('c')?.reject(new Error('the worker is gone'))
    await vi.runAllTimersAsync()
    expect(replies).toHaveLength(3)
    expect(replies).toContainEqual({ type: 'tool.result', callId: 'a', output: { text: 'Hello.' } })
    expect(replies).toContainEqual({
      type: 'tool.result',
      callId: 'b',
      error: { code: 'page_is_pdf', message: 'A PDF.' },
    })
    expect(replies.find((reply) => reply.callId === 'c')?.error?.code).toBe('tool_failed')
  })

  it('says when a tool takes too long, and drops what it brings then', async () => {
    const { call, replies, finish } = openCalls()
    call('slow')
    await vi.advanceTimersByTimeAsync(1000)
    finish('slow')?.resolve({ ok: true, value: {} })
    await vi.runAllTimersAsync()
    expect(replies.map((reply) => reply.error?.code)).toEqual(['timeout'])
  })

  it('is silent about a call that was cancelled', async () => {
    const { calls, call, replies, finish } = openCalls()
    call('a')
    call('b')
    calls.cancel('a')
    calls.cancelAll()
    finish('a')?.resolve({ ok: true, value: {} })
    finish('b')?.resolve({ ok: true, value: {} })
    await vi.runAllTimersAsync()
    expect(replies).toEqual([])
  })

  it('refuses the ninth at once', () => {
    const { call, replies } = openCalls()
    for (const name of 'abcdefghi') call(name)
    expect(replies.map((reply) => [reply.callId, reply.error?.code])).toEqual([['i', 'busy']])
  })
})
