import { type HistoryLine } from './line.ts'
import { Follower, isMessage, placeOf, type Placed, threadsOf } from './threads.ts'
import { type Evidence, type Violation } from './violation.ts'
import { CLOSE } from '../../../shared/protocol/close-code.ts'

/** Promise 5: one socket owns a conversation, one instance writes it. */
export function checkOwner({ lines, limits }: Evidence): readonly Violation[] {
  return [...checkSockets(lines, limits.takeoverMs), ...checkFences(lines)]
}

interface Owned {
  readonly line: Placed
  readonly conversation: string
}

/** Lines of all clients in their order, each with the conversation of its socket. */
function ownedLines(lines: readonly HistoryLine[]): readonly Owned[] {
  const owned = threadsOf(lines).flatMap((thread) => {
    const follower = new Follower()
    return thread.lines.flatMap((line) => {
      if (line.event === 'opening') follower.conversation = undefined
      follower.take(line)
      const { conversation } = follower
      return conversation === undefined ? [] : [{ line, conversation }]
    })
  })
  return owned.sort((a, b) => a.line.place - b.line.place)
}

function checkSockets(lines: readonly HistoryLine[], takeoverMs: number): readonly Violation[] {
  const watch = new OwnerWatch(lines, takeoverMs)
  return [...ownedLines(lines).flatMap(({ line, conversation }) => watch.take(line, conversation)), ...watch.end()]
}

class OwnerWatch {
  readonly #takeoverMs: number
  /** Clients and instances to which something was done. */
  readonly #faulty: ReadonlySet<string>
  /** By conversation. */
  readonly #owners = new Map<string, { readonly client: string; readonly key: string; readonly at: number }>()
  /** Sockets that were superseded and have not closed: key → the line that superseded them. */
  readonly #superseded = new Map<string, Placed>()

  constructor(lines: readonly HistoryLine[], takeoverMs: number) {
    this.#takeoverMs = takeoverMs
    this.#faulty = new Set(lines.flatMap((line) => (line.event === 'fault' ? [line.to] : [])))
  }

  take(line: Placed, conversation: string): readonly Violation[] {
    const key = `${line.client} ${line.socket}`
    if (line.event === 'closed') return this.#closed(line, key, conversation)
    if (line.event !== 'received') return []
    const owner = this.#owners.get(conversation)
    if (isMessage(line.frame) && line.frame.type === 'session.ready') {
      // A client that comes back has given its older socket up itself.
      if (owner !== undefined && owner.client !== line.client) this.#superseded.set(owner.key, line)
      this.#owners.set(conversation, { client: line.client, key, at: line.at })
      return []
    }
    if (owner === undefined || owner.key === key) return []
    return checkLateFrame(line, line.at - owner.at, this.#takeoverMs)
  }

  end(): readonly Violation[] {
    return [...this.#superseded.values()].map((line) => notSuperseded(line, 'never closed'))
  }

  #closed(line: Extract<Placed, { event: 'closed' }>, key: string, conversation: string): readonly Violation[] {
    if (this.#owners.get(conversation)?.key === key) this.#owners.delete(conversation)
    const isFair = line.code === CLOSE.superseded || this.#faulty.has(line.client)
    return this.#superseded.delete(key) && !isFair ? [notSuperseded(line, `closed with ${line.code}`)] : []
  }
}

function checkLateFrame(
  line: Extract<Placed, { event: 'received' }>,
  lateMs: number,
  takeoverMs: number,
): readonly Violation[] {
  // To be told why one is closed is no ownership.
  if (lateMs <= takeoverMs || (isMessage(line.frame) && line.frame.type === 'error')) return []
  const what = isMessage(line.frame) ? line.frame.type : 'speech'
  const sentence = `The older socket of a conversation was still told ${what} (${placeOf(line)}).`
  return [{ kind: 'two owners', sentence }]
}

function notSuperseded(line: Placed, what: string): Violation {
  const sentence = `The older socket of a conversation was ${what} after a newer one took over (${placeOf(line)}).`
  return { kind: 'two owners', sentence }
}

function checkFences(lines: readonly HistoryLine[]): readonly Violation[] {
  const newest = new Map<string, { readonly fence: number; readonly instance: string }>()
  /** Fence that was newest when an append was asked for, by writer and entry. */
  const askedUnder = new Map<string, number>()
  const violations: Violation[] = []
  for (const [index, line] of lines.entries()) {
    if (line.event !== 'store') continue
    const known = newest.get(line.id)?.fence ?? 0
    const where = `conversation ${line.id}, instance ${line.instance}, line ${index + 1}`
    if (line.call !== 'append') {
      newest.set(line.id, line)
      if (line.fence > known) continue
      violations.push({ kind: 'fence', sentence: `Fence ${line.fence} was given after ${known} (${where}).` })
      continue
    }
    const key = `${line.instance} ${line.id} ${line.fence} ${line.entry.seq}`
    if (line.step === 'asking') askedUnder.set(key, known)
    else if (line.result === 'appended' && line.fence < (askedUnder.get(key) ?? 0)) {
      const sentence = `Entry ${line.entry.seq} was written with fence ${line.fence} under ${askedUnder.get(key) ?? 0} (${where}).`
      violations.push({ kind: 'fence', sentence })
    }
  }
  return violations
}
