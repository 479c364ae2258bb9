import { parseArgs } from 'node:util'
import { tidyName } from '../../relay/auth/proof.ts'

export type PairArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'pair'; readonly user: string; readonly device?: string }
  | { readonly kind: 'fault'; readonly fault: string }

export const USAGE = `Usage: npm run pair -- --user NAME [--device NAME]

Makes a pairing code for the relay of this configuration: good once, for 10 minutes.

  --user      whose the device will be; the same name, in capitals or not, is the same user
  --device    what to call the device, e.g. "Ada's laptop"`

/** Reads the command line (docs/protocol.md §5). */
export function parsePairArguments(args: readonly string[]): PairArguments {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { kind: 'fault', fault: parsed }
  if (parsed.help) return { kind: 'help' }
  const user = tidyName(parsed.user ?? '')
  if (user === '') return { kind: 'fault', fault: 'Say whose the device will be, with --user NAME.' }
  const device = tidyName(parsed.device ?? '')
  return device === '' ? { kind: 'pair', user } : { kind: 'pair', user, device }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        user: { type: 'string' },
        device: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
