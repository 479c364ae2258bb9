/** `npm run local-live -- [--port N]`: the local Gemini Live server by itself, for any Gemini Live client. */
import { parseArgs } from 'node:util'
import { startLocalLive, type LocalLive } from '../relay/local-live/local-live.ts'

const USAGE = 'Usage: npm run local-live -- [--port N]   (without --port, a free one is taken)'

const port = readPort(process.argv.slice(2))
if (typeof port === 'string') {
  console.error(`${port}\n${USAGE}`)
  process.exit(2)
}
const stopped = new AbortController()
const stop = () => stopped.abort()
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
const live = await start(port)
console.log(`local live ready on ${live.url}`)
await Promise.race([
  live.ready.then(
    () => console.log('speech models are loaded'),
    (error: unknown) => console.error(`speech models could not be loaded: ${sentence(error)}`),
  ),
  aborted(stopped.signal),
])
await aborted(stopped.signal)
await live.close()

/** @returns the port, or what is wrong with the arguments */
function readPort(args: string[]): number | string {
  try {
    const { values } = parseArgs({ args, options: { port: { type: 'string', default: '0' } } })
    const number = Number(values.port)
    const valid = /^\d+$/.test(values.port) && number <= 65_535
    return valid ? number : `--port takes a number from 0 to 65535, not "${values.port}".`
  } catch (error) {
    return sentence(error)
  }
}

async function start(onPort: number): Promise<LocalLive> {
  try {
    return await startLocalLive({ port: onPort, onTrouble: (trouble) => console.error(trouble) })
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    console.error(
      taken
        ? `Port ${onPort} is taken by another program. Stop it, or choose another port with --port N.`
        : `The local Live server could not start: ${sentence(error)}`,
    )
    process.exit(1)
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
