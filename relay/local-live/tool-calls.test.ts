import { describe, expect, it } from 'vitest'
import { ToolCalls } from './tool-calls.ts'
import { type FunctionResponse } from './wire/client-message.ts'

const retell = () => 'told'

function responseTo(id: string, more: Partial<FunctionResponse> = {}): FunctionResponse {
  return { id, response: { output: {} }, willContinue: false, ...more }
}

describe('ToolCalls', () => {
  it('hands the answer to the turn that waits', async () => {
    const calls = new ToolCalls()
    const call = calls.open('read_page', retell)
    expect(calls.deliver(responseTo(call.id))).toEqual({ type: 'taken' })
    await expect(call.answered).resolves.toMatchObject({ id: call.id })
    expect(calls.pending).toBe(0)
  })

  it('gives a detached call’s answer back to be spoken', () => {
    const calls = new ToolCalls()
    const call = calls.open('read_page', retell)
    calls.detach(call)
    expect(calls.cancelAttached()).toEqual([])
    expect(calls.deliver(responseTo(call.id))).toMatchObject({ type: 'late', call: { id: call.id } })
  })

  it('waits for the last of several answers', () => {
    const calls = new ToolCalls()
    const call = calls.open('read_page', retell)
    calls.deliver(responseTo(call.id, { willContinue: true }))
    expect(calls.pending).toBe(1)
    calls.deliver(responseTo(call.id))
    expect(calls.pending).toBe(0)
  })

  it('tells a late answer to a cancelled call from one to a call that never was', () => {
    const calls = new ToolCalls()
    const call = calls.open('read_page', retell)
    expect(calls.cancelAttached()).toEqual([call.id])
    expect(calls.deliver(responseTo(call.id))).toEqual({ type: 'taken' })
    expect(calls.deliver(responseTo('function-call-0'))).toEqual({ type: 'unknown' })
  })

  it('finds a call by its name where the id is left out', () => {
    const calls = new ToolCalls()
    calls.open('read_page', retell)
    const withoutId = { name: 'read_page', response: {}, willContinue: false }
    expect(calls.deliver(withoutId)).toEqual({ type: 'taken' })
    expect(calls.deliver(withoutId)).toEqual({ type: 'unknown' })
  })
})
