import { type JournalEntry } from '../../../relay/store/journal.ts'
import { type HistoryLine, type StoredConversation } from './line.ts'
import { Follower, isMessage, placeOf, type Placed, type Thread, threadsOf } from './threads.ts'
import { type Evidence, type Violation } from './violation.ts'

/** The fields of a final by which it is the same in the frame and in the store. */
type Said = Pick<JournalEntry, 'seq' | 'turn' | 'role' | 'text'> & {
  readonly id?: string | undefined
  readonly interrupted?: boolean | undefined
}

/**
 * Promise 1: what a client was told stands in the store, stood there before it was told, and is told once, in order and
 * without gaps.
 */
export function checkEntries({ lines, stored }: Evidence): readonly Violation[] {
  const store = new StoredEntries(lines, stored)
  return [...threadsOf(lines).flatMap((thread) => checkThread(thread, store)), ...stored.flatMap(checkHoles)]
}

function checkThread(thread: Thread, store: StoredEntries): readonly Violation[] {
  const violations: Violation[] = []
  const follower = new Follower()
  let lastSeq = 0
  let newest: Placed | undefined
  for (const line of thread.lines) {
    follower.take(line)
    newest = line
    const { conversation } = follower
    // Who goes on with what another client began has what that one had.
    if (conversation === undefined) lastSeq = askedFrom(line) ?? lastSeq
    if (line.event !== 'received' || !isMessage(line.frame) || conversation === undefined) continue
    const { frame } = line
    if (frame.type === 'session.ready') {
      // Who resumes has what it had; who does not, has what `history` brought.
      if (!frame.resumed) lastSeq = frame.seq
      for (const entry of frame.history ?? []) violations.push(...store.compare(conversation, entry, line))
    } else if (frame.type === 'transcript.final') {
      violations.push(...store.compare(conversation, frame, line), ...checkOrder(frame.seq, lastSeq, line))
      lastSeq = Math.max(lastSeq, frame.seq)
    }
  }
  return [...violations, ...checkEnd(newest, follower.conversation, lastSeq, store)]
}

function askedFrom(line: Placed): number | undefined {
  if (line.event !== 'sent' || !('type' in line.frame) || line.frame.type !== 'session.start') return undefined
  return line.frame.resume?.lastSeq
}

function checkOrder(seq: number, lastSeq: number, line: Placed): readonly Violation[] {
  if (seq === lastSeq + 1) return []
  if (seq <= lastSeq) return [{ kind: 'doubled', sentence: `Final ${seq} came again (${placeOf(line)}).` }]
  const missing = lastSeq + 2 === seq ? `${lastSeq + 1}` : `${lastSeq + 1} to ${seq - 1}`
  return [{ kind: 'missing', sentence: `Final ${seq} came, but not ${missing} before it (${placeOf(line)}).` }]
}

/** Who left in peace has everything that is stored. */
function checkEnd(
  line: Placed | undefined,
  conversation: string | undefined,
  lastSeq: number,
  store: StoredEntries,
): readonly Violation[] {
  if (line?.event !== 'left' || conversation === undefined) return []
  const newest = store.newest(conversation)
  if (newest <= lastSeq) return []
  const sentence = `The store has ${newest} entries of ${conversation}, the client has ${lastSeq} (${placeOf(line)}).`
  return [{ kind: 'missing', sentence }]
}

function checkHoles({ id, entries }: StoredConversation): readonly Violation[] {
  const hole = entries.findIndex(({ seq }, index) => seq !== index + 1)
  if (hole === -1) return []
  const sentence = `Entry ${hole + 1} of ${id} is missing in the store, where ${entries[hole]?.seq ?? 0} stands instead.`
  return [{ kind: 'hole in the store', sentence }]
}

/** The store as it was at the end, and when it confirmed what, where that was written down. */
class StoredEntries {
  readonly #entries = new Map<string, JournalEntry>()
  readonly #newest = new Map<string, number>()
  readonly #confirmedAt = new Map<string, number>()
  readonly #watched = new Set<string>()

  constructor(lines: readonly HistoryLine[], stored: readonly StoredConversation[]) {
    for (const { id, entries } of stored) {
      for (const entry of entries) this.#entries.set(`${id} ${entry.seq}`, entry)
      this.#newest.set(id, entries.at(-1)?.seq ?? 0)
    }
    for (const [index, line] of lines.entries()) {
      if (line.event !== 'store' || line.call !== 'append') continue
      this.#watched.add(line.id)
      if (line.step !== 'done' || line.result !== 'appended') continue
      const key = `${line.id} ${line.entry.seq}`
      if (!this.#confirmedAt.has(key)) this.#confirmedAt.set(key, index + 1)
    }
  }

  newest(conversation: string): number {
    return this.#newest.get(conversation) ?? 0
  }

  compare(conversation: string, said: Said, line: Placed): readonly Violation[] {
    const key = `${conversation} ${said.seq}`
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      const sentence = `Entry ${said.seq} of ${conversation} was told and is not in the store (${placeOf(line)}).`
      return [{ kind: 'not stored', sentence }]
    }
    const violations: Violation[] = []
    if (!isSame(entry, said)) {
      const sentence = `Entry ${said.seq} of ${conversation} was told as ${describe(said)}, and the store has ${describe(entry)} (${placeOf(line)}).`
      violations.push({ kind: 'other words', sentence })
    }
    if (this.#watched.has(conversation) && !(this.#confirmedAt.get(key)! < line.place)) {
      const sentence = `Entry ${said.seq} of ${conversation} was told before the store had confirmed it (${placeOf(line)}).`
      violations.push({ kind: 'not stored first', sentence })
    }
    return violations
  }
}

function isSame(entry: JournalEntry, said: Said): boolean {
  return describe(entry) === describe({ ...said, id: said.id ?? entry.id })
}

function describe({ turn, role, text, id, interrupted }: Said): string {
  return JSON.stringify({ turn, role, text, id, interrupted: interrupted === true })
}
