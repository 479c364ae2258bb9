import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { untilTrue } from '../support/eventually.ts'
import { startMain } from '../support/main-process.ts'
import { startScriptedLive } from '../support/scripted-live.ts'
import { startBareClient } from '../support/test-relay-client.ts'

describe('the relay as a process', () => {
  it('says where it listens, carries a conversation, and stops when asked: sockets get 1012, it exits with 0', async () => {
    const brain = await startScriptedLive()
    onTestFinished(() => brain.close())
    const relay = await startMain({ ASIDE_LIVE_URL: brain.url })
    const { arrivals, closed } = await startBareClient(await relay.ready)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    relay.process.kill('SIGTERM')
    expect(await closed).toMatchObject({ code: 1012 })
    expect(await relay.exited).toBe(0)
    expect(await (await brain.call(0)).closed).toBe(1000)
    expect(relay.output.stdout.trim().split('\n')).toHaveLength(1)
    expect(relay.output.stderr).not.toContain('test-key')
  })

  it('does not wait for its drain when nobody is there', async () => {
    const relay = await startMain({ ASIDE_DRAIN: '24h' })
    await relay.ready
    relay.process.kill('SIGTERM')
    expect(await relay.exited).toBe(0)
  })

  it('waits for a pause before it moves a conversation, and not at all when it is asked twice', async () => {
    const brain = await startScriptedLive()
    onTestFinished(() => brain.close())
    const relay = await startMain({ ASIDE_LIVE_URL: brain.url, ASIDE_DRAIN: '24h' })
    const url = await relay.ready
    const admin = await relay.admin
    const { arrivals, closed, send } = await startBareClient(url)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    send({ type: 'text.send', id: randomUUID(), text: 'Tell me a long story.' })
    await arrivals.message('turn.start')
    relay.process.kill('SIGTERM')
    await untilTrue(async () => (await fetch(`${admin}/readyz`)).status === 503)
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ reasons: ['draining'] })
    expect(arrivals.of('session.moved')).toEqual([])
    relay.process.kill('SIGTERM')
    expect(await relay.exited).toBe(1)
    expect(await closed).toMatchObject({ code: 1006 })
  })

  it.each([
    ['a rejection inside the SDK, and says so', 'node_modules/@google/genai/dist/node/index.mjs', null],
    ['no rejection of our own', 'relay/session/session.ts', 1],
  ])('survives %s', async (_what, place, exitCode) => {
    const reject = `const error = new Error('nobody listens'); error.stack += '\\n at x (${place}:1:1)'; Promise.reject(error)`
    const relay = await startMain({
      NODE_OPTIONS: `--import="data:text/javascript,process.on('SIGUSR2',()=>{${encodeURIComponent(reject)}})"`,
    })
    const url = await relay.ready
    relay.process.kill('SIGUSR2')
    while (!relay.output.stderr.includes('nobody listens')) await new Promise((resolve) => setTimeout(resolve, 20))
    if (exitCode === null) expect((await fetch(`${url}/livez`)).status).toBe(200)
    else expect(await relay.exited).toBe(exitCode)
  })

  it('keeps its secret where only this user can read, so that a restart knows its tokens', async () => {
    const relay = await startMain()
    await relay.ready
    expect(await readdir(join(relay.folder, '.aside'))).toEqual(['secret'])
  })

  it('keeps nothing when it is given a secret', async () => {
    const relay = await startMain({ ASIDE_SECRET: 'x'.repeat(40) })
    await relay.ready
    expect(await readdir(relay.folder)).toEqual([])
  })

  it('says what to do when its port is taken', async () => {
    const first = await startMain()
    const { port } = new URL(await first.ready)
    const second = await startMain({}, '--port', port)
    expect(await second.exited).toBe(1)
    expect(second.output.stderr.trim()).toBe(
      `Port ${port} on 127.0.0.1 is already in use. Stop the other program, or choose another port with ASIDE_PORT or --port (0 takes any free one).`,
    )
  })

  it('says everything that is wrong with its configuration at once', async () => {
    const relay = await startMain({ ASIDE_ENGINE: 'fast', ASIDE_BRAIN: 'clever' }, '--port', 'eighty')
    expect(await relay.exited).toBe(1)
    expect(relay.output.stderr.trim().split('\n')).toEqual([
      'ASIDE_BRAIN=clever is unknown: use gemini or local.',
      'ASIDE_PORT=eighty must be a whole number from 0 to 65535.',
      'ASIDE_ENGINE=fast is unknown: use auto, uws or ws.',
    ])
  })

  it('says how it is used when an argument is unknown', async () => {
    const relay = await startMain({}, '--prot', '1')
    expect(await relay.exited).toBe(1)
    expect(relay.output.stderr).toContain('--prot')
    expect(relay.output.stderr).toContain('Usage: node relay/main.ts [--port N]')
  })
})
