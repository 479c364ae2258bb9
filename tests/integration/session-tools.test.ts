import { describe, expect, it } from 'vitest'
import { type ToolDeclaration } from '../../shared/protocol/tool-declaration.ts'
import { type ScriptedCall } from '../support/scripted-live.ts'
import {
  interrupted,
  isToolResponse,
  said,
  speech,
  speechPcm,
  toolCall,
  toolResponsesOf,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { newTestRelay, type TestRelayOptions } from '../support/test-relay.ts'
import { openTestClient } from '../support/test-relay-client.ts'

const parameters = { type: 'object', properties: {} }
const readPage: ToolDeclaration = {
  name: 'read_page',
  description: 'Reads the page',
  parameters,
  effect: 'read',
  timeoutMs: 5000,
}
const click: ToolDeclaration = { ...readPage, name: 'click', description: 'Clicks', effect: 'write' }

async function stage(tools: readonly ToolDeclaration[] = [readPage, click], options: TestRelayOptions = {}) {
  const { url, brain, log } = await newTestRelay(options)
  const { client, arrivals } = await openTestClient(url, { browserTools: [...tools] })
  return { client, arrivals, brain, call: await brain.call(0), log }
}

/** What the brain was answered, one response a call. */
async function answers(call: ScriptedCall, count: number) {
  return (await call.waitForCount(isToolResponse, count)).flatMap(toolResponsesOf)
}

describe('a tool that reads', () => {
  it('runs in the browser, shows its state, and belongs to the turn that asked', async () => {
    const { client, arrivals, call } = await stage()
    call.send(toolCall({ id: 'c1', name: 'read_page', args: { part: 'all' } }))
    expect(await arrivals.message('tool.call')).toEqual({
      type: 'tool.call',
      callId: 'c1',
      name: 'read_page',
      args: { part: 'all' },
      timeoutMs: 5000,
    })
    client.send({ type: 'tool.result', callId: 'c1', output: { title: 'Beavers', text: 'They build.' } })
    expect(await answers(call, 1)).toEqual([
      { id: 'c1', name: 'read_page', response: { output: { title: 'Beavers', text: 'They build.' } } },
    ])
    // The end of the call's own generation does not end the turn: the answer follows.
    call.send(turnComplete)
    call.send(said('It is about beavers.'))
    call.send(speech(speechPcm(40)))
    call.send(turnComplete)
    const complete = await arrivals.message('turn.complete')
    expect(complete.turn).toBe(1)
    expect(arrivals.of('turn.start')).toHaveLength(1)
    expect(arrivals.of('tool.status').map(({ phase, where }) => [phase, where])).toEqual([
      ['running', 'browser'],
      ['done', 'browser'],
    ])
    expect(arrivals.of('tool.status')[1]!.ms).toBeGreaterThanOrEqual(0)
  })

  it('may fail, and the model is told how', async () => {
    const { client, arrivals, call } = await stage()
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.call')
    client.send({ type: 'tool.result', callId: 'c1', error: { code: 'restricted', message: 'This page is closed.' } })
    expect(await answers(call, 1)).toMatchObject([
      { response: { error: { code: 'restricted', message: 'This page is closed.' } } },
    ])
    expect(await arrivals.message('tool.status', ({ phase }) => phase === 'failed')).toMatchObject({
      summary: 'This page is closed.',
    })
  })

  it('gives the model 64 KiB at most, and says that it was cut', async () => {
    const { client, arrivals, call } = await stage()
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.call')
    client.send({ type: 'tool.result', callId: 'c1', output: { title: 'Long', text: 'word '.repeat(20_000) } })
    const [answer] = await answers(call, 1)
    const { output } = answer!.response as { output: object }
    expect(output).toMatchObject({ title: 'Long', truncated: true })
    const bytes = Buffer.byteLength(JSON.stringify(output))
    expect(bytes).toBeLessThanOrEqual(65_536)
    expect(bytes).toBeGreaterThan(60_000)
  })

  it('that gives no answer in time is ended with an error, and stopped', async () => {
    const { client, arrivals, call } = await stage([{ ...readPage, timeoutMs: 100 }])
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.cancel', ({ callId }) => callId === 'c1')
    expect(await answers(call, 1)).toMatchObject([{ id: 'c1', response: { error: { code: 'timeout' } } }])
    // Too late: the call was answered.
    client.send({ type: 'tool.result', callId: 'c1', output: { text: 'late' } })
    call.send(toolCall({ id: 'c2', name: 'unheard_of' }))
    expect((await answers(call, 2)).map(({ id }) => id)).toEqual(['c1', 'c2'])
  })

  it('runs two at a time, in order, each answered once', async () => {
    const { client, arrivals, call } = await stage()
    call.send(
      toolCall(
        { id: 'c1', name: 'read_page' },
        { id: 'c2', name: 'read_page' },
        { id: 'c2', name: 'read_page' },
        { id: 'c3', name: 'read_page' },
      ),
    )
    await arrivals.until(() => (arrivals.of('tool.call').length === 2 ? true : undefined))
    client.send({ type: 'tool.result', callId: 'c2', output: {} })
    client.send({ type: 'tool.result', callId: 'c2', output: {} })
    await arrivals.message('tool.call', ({ callId }) => callId === 'c3')
    client.send({ type: 'tool.result', callId: 'c1', output: {} })
    client.send({ type: 'tool.result', callId: 'c3', output: {} })
    expect((await answers(call, 3)).map(({ id }) => id)).toEqual(['c2', 'c1', 'c3'])
    expect(arrivals.of('tool.call').map(({ callId }) => callId)).toEqual(['c1', 'c2', 'c3'])
  })
})

describe('a call that is refused', () => {
  it.each([
    ['an unknown tool', 'unheard_of', 'unknown_tool'],
    ['a tool with an effect', 'click', 'not_allowed'],
  ])('because of %s is answered with an error and never reaches the browser', async (_what, name, code) => {
    const { arrivals, call } = await stage()
    call.send(toolCall({ id: 'c1', name }))
    expect(await answers(call, 1)).toMatchObject([{ id: 'c1', name, response: { error: { code } } }])
    expect(await arrivals.message('tool.status')).toMatchObject({ callId: 'c1', phase: 'failed' })
    expect(arrivals.of('tool.call')).toEqual([])
  })

  it('is the ninth of a turn', async () => {
    const { client, arrivals, call } = await stage()
    for (let index = 1; index <= 9; index++) call.send(toolCall({ id: `c${index}`, name: 'read_page' }))
    for (let index = 1; index <= 8; index++) {
      await arrivals.message('tool.call', ({ callId }) => callId === `c${index}`)
      client.send({ type: 'tool.result', callId: `c${index}`, output: {} })
    }
    const all = await answers(call, 9)
    expect(all.find(({ id }) => id === 'c9')).toMatchObject({ response: { error: { code: 'too_many_calls' } } })
    expect(all.filter(({ response }) => 'output' in response)).toHaveLength(8)
  })
})

describe('a call that is taken back', () => {
  it('by the brain is stopped and never answered', async () => {
    const { client, arrivals, call } = await stage()
    call.send(
      toolCall({ id: 'c1', name: 'read_page' }, { id: 'c2', name: 'read_page' }, { id: 'c3', name: 'read_page' }),
    )
    await arrivals.message('tool.call', ({ callId }) => callId === 'c2')
    call.send(interrupted)
    call.send({ toolCallCancellation: { ids: ['c1', 'c3'] } })
    call.send(turnComplete)
    await arrivals.message('tool.cancel', ({ callId }) => callId === 'c1')
    client.send({ type: 'tool.result', callId: 'c1', output: {} })
    client.send({ type: 'tool.result', callId: 'c3', output: {} })
    client.send({ type: 'tool.result', callId: 'c2', output: {} })
    expect((await answers(call, 1)).map(({ id }) => id)).toEqual(['c2'])
    expect(
      arrivals
        .of('tool.status')
        .filter(({ phase }) => phase === 'cancelled')
        .map(({ callId }) => callId)
        .toSorted(),
    ).toEqual(['c1', 'c3'])
    // The third never began, so there is nothing to stop.
    expect(arrivals.of('tool.cancel').map(({ callId }) => callId)).toEqual(['c1'])
  })

  it('by the user is stopped, and the brain is told', async () => {
    const { client, arrivals, call } = await stage()
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.call')
    client.send({ type: 'tool.cancel', callId: 'c1' })
    expect(await answers(call, 1)).toMatchObject([{ response: { error: { code: 'cancelled' } } }])
    await arrivals.message('tool.cancel')
  })

  it('by the stop button is answered before the brain is asked to stop', async () => {
    const { client, arrivals, call } = await stage()
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.call')
    client.send({ type: 'turn.interrupt', turn: 1, playedMs: 0 })
    await call.waitFor((frame) => 'clientContent' in frame)
    expect(call.received.slice(1).map((frame) => Object.keys(frame)[0])).toEqual(['toolResponse', 'clientContent'])
    await arrivals.message('turn.interrupted')
    await arrivals.message('tool.cancel')
  })

  it('by the end of the brain is stopped, and the next brain hears nothing of it', async () => {
    const { client, arrivals, brain, call } = await stage()
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.call')
    call.close(1011, 'gone')
    await arrivals.message('tool.cancel')
    const next = await brain.call(1)
    client.send({ type: 'tool.result', callId: 'c1', output: {} })
    next.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.until(() => (arrivals.of('tool.call').length === 2 ? true : undefined))
    client.send({ type: 'tool.result', callId: 'c1', output: { text: 'second' } })
    expect(await answers(next, 1)).toMatchObject([{ response: { output: { text: 'second' } } }])
    expect(call.received.some(isToolResponse)).toBe(false)
  })
})

describe('a model that calls a tool and never speaks again', () => {
  it('does not leave the turn open for ever', async () => {
    const patience = { cutAnswerMs: 50, toolAnswerMs: 100, answerMs: 60_000, answerEndMs: 60_000 }
    const { client, arrivals, call, log } = await stage([readPage], { deps: { times: { patience } } })
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await arrivals.message('tool.call')
    client.send({ type: 'tool.result', callId: 'c1', output: {} })
    await answers(call, 1)
    call.send(turnComplete)
    expect(await arrivals.message('turn.complete')).toMatchObject({ turn: 1, timings: {} })
    expect(log.some(({ waitsFor }) => waitsFor === 'answer after a tool')).toBe(true)
  })
})
