import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { chooseEngine } from '../../relay/transport/load-engine.ts'

/** Makes uWebSockets.js fail to load, the way a libc that is too old does. */
const OLD_LIBC = `import { registerHooks } from 'node:module'
registerHooks({ resolve(specifier, context, next) {
  if (specifier === 'uWebSockets.js')
    throw new Error("This version supports only …\\n\\nError: libc.so.6: version 'GLIBC_2.38' not found")
  return next(specifier, context)
} })`

const CHOOSE = `
const { chooseEngine } = await import(process.argv[1])
const engine = await chooseEngine(process.argv[2]).catch((error) => ({ error: error.name + ': ' + error.message }))
console.log(JSON.stringify(engine))`

/** Chooses in a process of its own, in which uWebSockets.js does not load. */
async function chooseOnOldLibc(wanted: string): Promise<unknown> {
  const module = new URL('../../relay/transport/load-engine.ts', import.meta.url).href
  const hooks = `data:text/javascript,${encodeURIComponent(OLD_LIBC)}`
  const args = ['--import', hooks, '--input-type=module', '-e', CHOOSE, module, wanted]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

describe('chooseEngine', () => {
  it('takes uWebSockets.js where it loads, as it does here', async () => {
    expect(await chooseEngine('auto')).toMatchObject({ name: 'uws' })
    expect((await chooseEngine('auto')).warning).toBeUndefined()
    expect(await chooseEngine('ws')).toMatchObject({ name: 'ws' })
  })

  it('takes ws where it does not, and says why in one sentence', async () => {
    expect(await chooseOnOldLibc('auto')).toEqual({
      name: 'ws',
      warning:
        "uWebSockets.js does not load here (libc.so.6: version 'GLIBC_2.38' not found): using ws, which takes more CPU per conversation.",
    })
    expect(await chooseOnOldLibc('ws')).toEqual({ name: 'ws' })
  })

  it('refuses when uWebSockets.js itself is wanted', async () => {
    expect(await chooseOnOldLibc('uws')).toEqual({
      error:
        "EngineUnavailableError: uWebSockets.js does not load here (libc.so.6: version 'GLIBC_2.38' not found). Set ASIDE_ENGINE to auto or ws.",
    })
  })
})
