import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { allGone, familyOf } from '../support/process-family.ts'
import { runScript, startScript } from '../support/script-process.ts'

const LOCAL_LIVE = 'scripts/local-live.ts'

describe('npm run local-live', () => {
  it('says where it listens, loads its speech models, and stops on Ctrl-C', async () => {
    const live = startScript([LOCAL_LIVE])
    const [, url = ''] = await live.waitFor(/^local live ready on (http:\/\/127\.0\.0\.1:\d+)$/m)
    expect((await fetch(url)).status).toBeGreaterThan(0)
    await live.waitFor(/speech models are loaded/)
    const family = await familyOf(live.pid)
    live.kill('SIGINT')
    expect(await live.exited).toBe(0)
    await allGone(family)
  })

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await runScript([LOCAL_LIVE, '--port', String(port)])
    expect(code).toBe(1)
    expect(stderr).toContain(`Port ${port} is taken`)
  })

  it('lists what it can be made to do wrong', async () => {
    const { code, stdout } = await runScript([LOCAL_LIVE, '--list-faults'])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(60)
    expect(stdout).toMatch(/^go-away\b.*goAway.*Deadline expired/m)
  })

  it('refuses a fault it does not know, and says which it may be', async () => {
    const { code, stderr } = await runScript([LOCAL_LIVE, '--fault', 'silent', '--fault', 'drop-anser'])
    expect(code).toBe(2)
    expect(stderr).toContain('There is no fault "drop-anser". Did you mean drop-answer')
  })

  it('does wrong what it is told to', async () => {
    const live = startScript([LOCAL_LIVE, '--fault', 'upgrade-503', '--fault', 'silent@ready'])
    const [, url = ''] = await live.waitFor(/^local live ready on (http:\/\/127\.0\.0\.1:\d+)$/m)
    await live.waitFor(/^it goes wrong: upgrade-503, .*\n.*: silent, /m)
    const socket = new WebSocket(url.replace('http', 'ws'))
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain('503')
    live.kill('SIGINT')
    expect(await live.exited).toBe(0)
  })

  it.each([{ args: ['--port', 'x'] }, { args: ['--loud'] }, { args: ['extra'] }])('refuses $args', async ({ args }) => {
    const { code, stderr } = await runScript([LOCAL_LIVE, ...args])
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: npm run local-live')
  })
})
