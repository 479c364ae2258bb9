import { randomBytes } from 'node:crypto'
import { startRelay } from '../setup/relay-process.mjs'

/** Of what the relay says before it fails, the end is enough. */
const MAX_COMPLAINT_CHARACTERS = 2_000

export type PrivateRelay =
  | { readonly ok: true; readonly url: string; stop(): Promise<void> }
  /** `fault` holds what the relay said. */
  | { readonly ok: false; readonly fault: string }

/**
 * Starts a relay with the local brain for this process alone: free ports, nothing kept, whatever the environment says
 * about other relays and brains.
 *
 * @param say hears what takes long
 */
export async function startPrivateRelay(say: (line: string) => void): Promise<PrivateRelay> {
  let complaint = ''
  const relay = await startRelay({ env: privateEnvironment(), onLine: () => undefined, say, stderr: 'pipe' })
  relay.child.process.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-MAX_COMPLAINT_CHARACTERS)
  })
  const url = await relay.ready
  if (url !== undefined) return { ok: true, url, stop: () => relay.child.stop() }
  return { ok: false, fault: `The private relay did not start. It said:\n${complaint.trim()}` }
}

function privateEnvironment(): NodeJS.ProcessEnv {
  const ofOtherRelays = /^(ASIDE_(?!ENGINE$|LLM_)|GEMINI_|GOOGLE_)/
  const rest = Object.entries(process.env).filter(([name]) => !ofOtherRelays.test(name))
  return {
    ...Object.fromEntries(rest),
    ASIDE_BRAIN: 'local',
    ASIDE_HOST: '127.0.0.1',
    ASIDE_PORT: '0',
    ASIDE_ADMIN_PORT: '0',
    ASIDE_STORE: 'memory:',
    ASIDE_SECRET: randomBytes(32).toString('hex'),
  }
}
