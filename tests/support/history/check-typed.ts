import { type ClientMessageOf } from '../../../shared/protocol/client-message.ts'
import { type HistoryLine, type StoredConversation } from './line.ts'
import { type Thread, threadsOf } from './threads.ts'
import { type Evidence, type Violation } from './violation.ts'

type Typed = ClientMessageOf<'text.send'>

/**
 * A typed turn is stored once under its id, however often it was sent, and asked once of a connection of the brain. What is
 * said twice in one conversation counts as heard twice: the talkers of our tests never repeat themselves.
 */
export function checkTyped({ lines, stored }: Evidence): readonly Violation[] {
  const asked = textsOfBrain(lines)
  return [
    ...threadsOf(lines).flatMap((thread) =>
      [...typedBy(thread)].flatMap((typed) => checkTurn(typed, thread, stored, asked)),
    ),
    ...stored.flatMap(checkUtterances),
  ]
}

/** @returns every typed turn of a client once */
function typedBy({ lines }: Thread): readonly Typed[] {
  const byId = new Map<string, Typed>()
  for (const line of lines) {
    if (line.event !== 'sent' || !('type' in line.frame) || line.frame.type !== 'text.send') continue
    byId.set(line.frame.id, line.frame)
  }
  return [...byId.values()]
}

function checkTurn(
  { id, text }: Typed,
  thread: Thread,
  stored: readonly StoredConversation[],
  asked: ReadonlyMap<number, readonly string[]>,
): readonly Violation[] {
  const violations: Violation[] = []
  const entries = stored.flatMap((conversation) => conversation.entries.filter((entry) => entry.id === id))
  const who = `client ${thread.client}, id ${id}`
  if (entries.length > 1)
    violations.push({
      kind: 'typed turn doubled',
      sentence: `A typed turn is stored ${entries.length} times (${who}).`,
    })
  // Who has not left in peace may have one on its way.
  if (entries.length === 0 && thread.lines.at(-1)?.event === 'left')
    violations.push({ kind: 'typed turn lost', sentence: `A typed turn is not in the store (${who}).` })
  for (const [call, texts] of asked) {
    // What is true of the page may stand before the words.
    const count = texts.filter((heard) => heard.endsWith(text)).length
    if (count < 2) continue
    const sentence = `Connection ${call} of the brain was asked a typed turn ${count} times (${who}).`
    violations.push({ kind: 'typed turn doubled', sentence })
  }
  return violations
}

function textsOfBrain(lines: readonly HistoryLine[]): ReadonlyMap<number, readonly string[]> {
  const texts = new Map<number, string[]>()
  for (const line of lines) {
    if (line.event !== 'brain' || line.what !== 'text') continue
    texts.set(line.call, [...(texts.get(line.call) ?? []), line.text])
  }
  return texts
}

function checkUtterances({ id, entries }: StoredConversation): readonly Violation[] {
  const seen = new Map<string, number>()
  const violations: Violation[] = []
  for (const { seq, role, text } of entries) {
    if (role !== 'user') continue
    const first = seen.get(text)
    if (first === undefined) seen.set(text, seq)
    else violations.push({ kind: 'utterance doubled', sentence: `Entries ${first} and ${seq} of ${id} are the same.` })
  }
  return violations
}
