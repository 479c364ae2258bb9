/** A pairing code for the relay of this configuration, running or not (docs/protocol.md §1.1 and §5). */
import { createPairingCodes } from '../relay/auth/pairing-code.ts'
import { type Secrets } from '../relay/auth/secret.ts'
import { readConfig, type RelayConfig } from '../relay/config.ts'
import { keptSecret } from '../relay/kept-secret.ts'
import { createLogger } from '../relay/logger.ts'
import { openStore } from '../relay/store/open-store.ts'
import { parsePairArguments, USAGE } from './pair/arguments.ts'

const EXIT = { ok: 0, failed: 1, badInput: 2 } as const

const IN_MEMORY =
  'ASIDE_STORE=memory: lives inside the running relay, where this command cannot put a code. Ask whoever runs the relay to set ASIDE_STORE to sqlite:PATH or redis://HOST:PORT.'

process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  const asked = parsePairArguments(args)
  if (asked.kind === 'help') {
    console.log(USAGE)
    return EXIT.ok
  }
  if (asked.kind === 'fault') return complain(EXIT.badInput, `${asked.fault}\n\n${USAGE}`)
  const read = readConfig(process.env)
  if (!read.ok) return complain(EXIT.failed, read.problems.join('\n'))
  const { config } = read
  if (config.store === 'memory:') return complain(EXIT.failed, IN_MEMORY)
  try {
    await makeCode(config, asked.user, asked.device)
  } catch (error) {
    return complain(EXIT.failed, error instanceof Error ? error.message : String(error))
  }
  // Last, where it is seen.
  if (config.pairing.kind !== 'code') console.error(notTaken(config.pairing.kind))
  return EXIT.ok
}

function notTaken(kind: 'local' | 'oidc'): string {
  return `Careful: with ASIDE_PAIRING=${kind}, as configured here, the relay takes no codes. Start it with ASIDE_PAIRING=code.`
}

async function makeCode(config: RelayConfig, user: string, device: string | undefined): Promise<void> {
  const [newest, ...older] = config.secrets
  const secrets: Secrets = newest === undefined ? [keptSecret('.aside')] : [newest, ...older]
  const store = await openStore(config.store, { logger: createLogger('info', process.stderr) })
  try {
    const { keyValue, journal } = store
    const codes = createPairingCodes({ secrets, keyValue, takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs) })
    const { code, expiresAt } = await codes.make(user, device)
    console.log(`Pairing code for ${user}: ${code}`)
    console.log(`Good once, until ${expiresAt.toLocaleTimeString('en-GB', { timeStyle: 'short' })} (10 minutes).`)
  } finally {
    await store.close()
  }
}

function complain(code: number, sentence: string): number {
  console.error(sentence)
  return code
}
