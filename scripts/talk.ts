/**
 * One conversation without a browser: streams recordings in real time through a relay, prints captions and timings, and
 * writes the spoken answers (docs/protocol.md §5).
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { SPEECH_RATE_HZ } from '../shared/audio/audio-format.ts'
import { encodeWav } from '../shared/audio/wav.ts'
import { fetchRelayInfo } from '../shared/client/fetch-relay-info.ts'
import { createRelayClient } from '../shared/client/relay-client.ts'
import { createRelayAccount, tokensInMemory } from '../shared/client/relay-account.ts'
import { parseArguments, type TalkOptions, type TurnInput, USAGE } from './talk/arguments.ts'
import { Conversation, type TurnReport } from './talk/conversation.ts'
import { Narrator } from './talk/narrator.ts'
import { nodeFetch } from './talk/node-fetch.ts'
import { createOpenSocket } from './talk/open-socket.ts'
import { startPrivateRelay } from './talk/private-relay.ts'
import { loadRecording, type Recording } from './talk/recording.ts'

/** A turn that is ready to be said. */
type Turn =
  | { readonly kind: 'recording'; readonly name: string; readonly recording: Recording }
  | { readonly kind: 'text'; readonly name: string; readonly text: string }

const EXIT = { ok: 0, failed: 1, badInput: 2 } as const

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort())
process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args)
  if (!parsed.ok) return complain(EXIT.badInput, `${parsed.fault}\n\n${USAGE}`)
  const { options } = parsed
  const { out } = options
  if (out !== undefined && !existsSync(dirname(out))) return complain(EXIT.badInput, `${out}: There is no such folder.`)
  const turns = await loadTurns(options.inputs)
  if (typeof turns === 'string') return complain(EXIT.badInput, turns)
  if (options.url !== undefined) return talkTo(options.url, turns, options)
  const relay = await startPrivateRelay((line) => console.error(line))
  if (!relay.ok) return complain(EXIT.failed, relay.fault)
  try {
    return await talkTo(relay.url, turns, options)
  } finally {
    await relay.stop()
  }
}

/** @returns the turns, or why one cannot be said */
async function loadTurns(inputs: readonly TurnInput[]): Promise<readonly Turn[] | string> {
  const turns: Turn[] = []
  for (const input of inputs) {
    if (input.kind === 'text') {
      turns.push({ kind: 'text', name: `“${input.text}”`, text: input.text })
      continue
    }
    const loaded = await loadRecording(input.path)
    if (!loaded.ok) return loaded.fault
    turns.push({ kind: 'recording', name: input.path, recording: loaded.recording })
  }
  return turns
}

async function talkTo(url: string, turns: readonly Turn[], options: TalkOptions): Promise<number> {
  const info = await fetchRelayInfo(url, nodeFetch, stopping.signal)
  if (!info.ok) return complain(EXIT.failed, info.fault)
  const account = createRelayAccount({
    ...{ baseUrl: url, fetch: nodeFetch, keeper: tokensInMemory(), device: 'npm run talk' },
    unpaired: (pairing) =>
      pairing === 'code'
        ? 'This relay wants a pairing code. Its operator gets one with npm run pair; give it with --code CODE.'
        : 'This relay wants a sign-in, for which a browser is needed. Use the extension.',
  })
  const paired = options.code === undefined ? undefined : await account.pair({ code: options.code }, stopping.signal)
  if (paired?.ok === false) return complain(EXIT.failed, paired.fault)
  const startedAtMs = performance.now()
  const client = createRelayClient({
    client: { name: 'aside-talk', version: manifest.version, platform: `node ${process.versions.node}` },
    setup: {},
    getTicket: (signal, resume) => account.getTicket(signal, resume),
    openSocket: createOpenSocket((text) => {
      if (options.json) console.log(withTime(text, performance.now() - startedAtMs))
    }),
  })
  const narrator = new Narrator({
    out: options.json ? () => undefined : (line) => console.log(line),
    aside: (line) => console.error(line),
  })
  client.events.on('message', (message) => narrator.observe(message))
  client.events.on('fault', (fault) => console.error(`The relay sent what could not be read: ${fault}`))
  const conversation = new Conversation(client, stopping.signal)
  try {
    const fault = await conversation.open()
    if (fault !== undefined) return complain(EXIT.failed, fault)
    const failed = await sayAll(conversation, turns, narrator)
    const written = await writeAnswers(conversation, options.out)
    return failed === 0 && written ? EXIT.ok : EXIT.failed
  } finally {
    conversation.close()
  }
}

/** @returns how many turns failed */
async function sayAll(conversation: Conversation, turns: readonly Turn[], narrator: Narrator): Promise<number> {
  let failed = 0
  for (const turn of turns) {
    const report = await say(conversation, turn)
    narrator.report(turn.kind, report)
    if (report.ok) continue
    console.error(`${turn.name}: ${report.fault}`)
    failed++
  }
  return failed
}

function say(conversation: Conversation, turn: Turn): Promise<TurnReport> {
  return turn.kind === 'text' ? conversation.type(turn.text) : conversation.speak(turn.recording)
}

async function writeAnswers(conversation: Conversation, out: string | undefined): Promise<boolean> {
  if (out === undefined) return true
  const pcm = conversation.speaker.recording()
  if (pcm.length === 0) {
    console.error(`No answer was spoken: ${out} is not written.`)
    return false
  }
  try {
    await writeFile(out, encodeWav(pcm, SPEECH_RATE_HZ))
    return true
  } catch (error) {
    console.error(`${out} could not be written: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** @returns the frame's own text with one more field: what the relay sent stays as it was */
function withTime(frame: string, ms: number): string {
  const message = JSON.parse(frame) as object
  return JSON.stringify({ ...message, ms: Math.round(ms) })
}

function complain(exitCode: number, sentence: string): number {
  console.error(sentence)
  return exitCode
}
