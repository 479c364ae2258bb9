import { afterEach, describe, expect, it } from 'vitest'
import { WorkerThread, WorkerUnavailable } from './worker-thread.ts'

type Ask = 'echo' | 'refuse' | 'die' | 'keep'

const PROGRAM = `
import { parentPort } from 'node:worker_threads'
parentPort.postMessage({ type: 'ready' })
parentPort.on('message', (message) => {
  if (message.type === 'cancel') parentPort.postMessage({ type: 'answer', id: message.id, answer: 'too late' })
  if (message.type !== 'ask') return
  const { id, question } = message
  if (question === 'die') throw new Error('out of memory')
  if (question === 'echo') parentPort.postMessage({ type: 'answer', id, answer: 'echo' })
  if (question === 'refuse') parentPort.postMessage({ type: 'refusal', id, reason: 'no voice' })
})`
const BROKEN = `
import { parentPort } from 'node:worker_threads'
parentPort.postMessage({ type: 'failed', reason: 'no such file: model.onnx' })
setInterval(() => {}, 1000)`

const threads: WorkerThread<Ask, string>[] = []

function start(program: string): { thread: WorkerThread<Ask, string>; deaths: string[] } {
  const deaths: string[] = []
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
  const thread = new WorkerThread<Ask, string>(url, (error) => deaths.push(error.message))
  threads.push(thread)
  return { thread, deaths }
}

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.close()))
})

describe('WorkerThread', () => {
  it('asks and gets answers and refusals', async () => {
    const { thread } = start(PROGRAM)
    await thread.ready
    await expect(thread.ask('echo')).resolves.toBe('echo')
    await expect(thread.ask('refuse')).rejects.toThrow('no voice')
  })

  it('rejects everything open when the worker dies, and starts another', async () => {
    const { thread, deaths } = start(PROGRAM)
    await thread.ready
    const open = [thread.ask('keep'), thread.ask('die')]
    for (const question of open) await expect(question).rejects.toThrow(new WorkerUnavailable('out of memory'))
    expect(deaths).toEqual(['out of memory'])
    await expect(thread.ask('echo')).rejects.toThrow(WorkerUnavailable)
    await thread.ready
    await expect(thread.ask('echo')).resolves.toBe('echo')
  })

  it('says why a worker could not load, and tries again', async () => {
    const { thread, deaths } = start(BROKEN)
    await expect(thread.ready).rejects.toThrow('no such file: model.onnx')
    await expect(thread.ready).rejects.toThrow('no such file: model.onnx')
    expect(deaths.length).toBe(2)
  })

  it('withdraws a question', async () => {
    const { thread } = start(PROGRAM)
    await thread.ready
    const abort = new AbortController()
    const question = thread.ask('keep', [], abort.signal)
    abort.abort(new Error('not wanted'))
    await expect(question).rejects.toThrow('not wanted')
    await expect(thread.ask('keep', [], abort.signal)).rejects.toThrow('not wanted')
    await expect(thread.ask('echo')).resolves.toBe('echo')
  })

  it('rejects open questions when it is closed', async () => {
    const { thread, deaths } = start(PROGRAM)
    await thread.ready
    const question = thread.ask('keep')
    const rejected = expect(question).rejects.toThrow(WorkerUnavailable)
    await thread.close()
    await rejected
    await expect(thread.ask('echo')).rejects.toThrow(WorkerUnavailable)
    expect(deaths).toEqual([])
  })
})
