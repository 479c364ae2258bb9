import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { allGone, familyOf } from '../support/process-family.ts'
import { runScript, startScript } from '../support/script-process.ts'

const READY = /^aside relay ready on (http:\/\/127\.0\.0\.1:\d+) \(engine (uws|ws), brain local\)$/m

/** Without a display and without a key; the packages are there, or this test would not run. */
function environment(): NodeJS.ProcessEnv {
  const {
    DISPLAY: _display,
    WAYLAND_DISPLAY: _wayland,
    GEMINI_API_KEY: _key,
    GOOGLE_API_KEY: _other,
    ...rest
  } = process.env
  return { ...rest, ASIDE_CONTINUED: '1', ASIDE_BRAIN: 'local' }
}

describe('npm start', () => {
  it('says when the relay is ready and stops everything on Ctrl-C', async () => {
    const start = startScript(['scripts/start.mjs', '--no-browser', '--port', '0'], environment())
    const [, url = ''] = await start.waitFor(READY)
    await start.waitFor(/Ctrl-C here stops the relay/)
    expect(start.output.stdout.match(/aside relay ready/g)).toHaveLength(1)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    const family = await familyOf(start.pid)
    expect(family.length).toBeGreaterThan(1)

    start.kill('SIGINT')
    expect(await start.exited).toBe(0)
    await allGone(family)
    await expect(fetch(`${url}/livez`)).rejects.toThrow()
  })

  it.skipIf(process.platform !== 'linux')('tells how to go on where there is no display', async () => {
    const start = startScript(['scripts/start.mjs', '--port', '0'], environment())
    const [, url = ''] = await start.waitFor(READY)
    await start.waitFor(/Ctrl-C here stops the relay/)
    expect(start.output.stderr).toContain('there is no display here')
    expect(start.output.stderr).toContain('Load unpacked')
    expect(start.output.stderr).toContain(`npm run talk -- tests/fixtures/what-time-is-it.wav --url ${url}`)
    start.kill('SIGTERM')
    expect(await start.exited).toBe(0)
  })

  it.skipIf(process.platform !== 'linux')('leaves no relay behind when it is killed', async () => {
    const start = startScript(['scripts/start.mjs', '--no-browser', '--port', '0'], environment())
    await start.waitFor(READY)
    const family = await familyOf(start.pid)
    start.kill('SIGKILL')
    await allGone(family)
  })

  it('passes on why the relay cannot start: the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stdout, stderr } = await runScript(
      ['scripts/start.mjs', '--no-browser', '--port', String(port)],
      environment(),
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`\\b${port}\\b.*(in use|taken)`, 'i'))
    expect(stdout).not.toMatch(READY)
  })

  it.each([
    { args: ['--browser'] },
    { args: ['--port'] },
    { args: ['--port', 'http'] },
    { args: ['--port', '70000'] },
    { args: ['extra'] },
  ])('refuses $args', async ({ args }) => {
    const { code, stderr } = await runScript(['scripts/start.mjs', ...args])
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: npm start')
  })
})
