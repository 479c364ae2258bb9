import { parseArgs } from 'node:util'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'

/** One turn of the user, in the order of the command line. */
export type TurnInput =
  { readonly kind: 'recording'; readonly path: string } | { readonly kind: 'text'; readonly text: string }

export interface TalkOptions {
  readonly inputs: readonly TurnInput[]
  /** WAV file for the spoken answers. */
  readonly out?: string
  /** `http(s)://host[:port]` of a relay; without it a private one is started. */
  readonly url?: string
  /** Pairs with a relay that wants a code; nothing of it is kept. */
  readonly code?: string
  readonly json: boolean
}

export type ParsedArguments =
  { readonly ok: true; readonly options: TalkOptions } | { readonly ok: false; readonly fault: string }

export const USAGE = `Usage: npm run talk -- IN.wav [MORE.wav …] [--text "typed turn"] [--out OUT.wav] [--url URL [--code CODE]] [--json]

  IN.wav      a recording of one turn: PCM WAV of any rate, mono or stereo
  --text      a typed turn; recordings and typed turns are taken in the order given
  --out       writes the spoken answers, 24 kHz mono
  --url       the relay to talk to, e.g. http://127.0.0.1:8787; without it a private one is started
  --code      pairs with a relay that wants a code (npm run pair); good for this one conversation
  --json      prints every text frame of the relay, one a line, with "ms" since the start`

/** The contract's limit of a typed turn (docs/protocol.md §2.1), characters. */
const MAX_TEXT_CHARACTERS = 8000

/** Reads the command line (docs/protocol.md §5). Pure: touches no file. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { ok: false, fault: parsed }
  const { values, tokens } = parsed
  const inputs: TurnInput[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') inputs.push({ kind: 'recording', path: token.value })
    if (token.kind === 'option' && token.name === 'text') inputs.push({ kind: 'text', text: token.value })
  }
  const fault = faultOf(inputs, values.url, values.code)
  if (fault !== undefined) return { ok: false, fault }
  const { out, url, code, json } = values
  return { ok: true, options: withoutUndefined({ inputs, json, out, url, code }) }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      tokens: true,
      options: {
        out: { type: 'string' },
        url: { type: 'string' },
        code: { type: 'string' },
        text: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    // Node's sentence goes on with advice about its own parser.
    return error instanceof Error ? `${error.message.split('. ')[0] ?? ''}.` : String(error)
  }
}

function faultOf(inputs: readonly TurnInput[], url: string | undefined, code: string | undefined): string | undefined {
  if (inputs.length === 0) return 'There is nothing to say: give a recording or --text.'
  const badText = inputs.find((input) => input.kind === 'text' && !isText(input.text))
  if (badText !== undefined) return `--text takes 1 to ${MAX_TEXT_CHARACTERS} characters.`
  if (url !== undefined && !/^https?:\/\/[^/]/i.test(url)) {
    return `--url takes the address of a relay, such as http://127.0.0.1:8787, not “${url}”.`
  }
  if (code !== undefined && url === undefined) return '--code is for the relay of --url; a private one needs none.'
  return undefined
}

function isText(text: string): boolean {
  return text.trim() !== '' && text.length <= MAX_TEXT_CHARACTERS
}
