import { type BrainLine, type HistoryLine } from './line.ts'
import { isMessage } from './threads.ts'
import { type Evidence, type Violation } from './violation.ts'

type Heard = Extract<BrainLine, { what: 'audio' }> & { readonly place: number }

/** One frame of the contract, ms. */
const FRAME_MS = 32

/** An unfinished utterance is at most so long when it is said again to a new connection of the brain, frames. */
const LONGEST_REPEAT_FRAMES = Math.ceil(15_000 / FRAME_MS)

/**
 * What may be gone with an instance that was killed, frames a client: it was acknowledged, for the relay had handed it to
 * its socket, and was still in that process's memory. A second of sound, which is five acknowledgements.
 */
const CRASH_LOSS_FRAMES = Math.ceil(1_000 / FRAME_MS)

/**
 * Promises 2 and 3: no frame of the microphone reaches a connection of the brain twice or out of order; a new connection
 * may be told an utterance again from its start; what reached none was declared lost.
 */
export function checkAudio({ lines }: Evidence): readonly Violation[] {
  const byClient = new Map<string, Heard[]>()
  for (const [index, line] of lines.entries()) {
    if (line.event !== 'brain' || line.what !== 'audio') continue
    const own = byClient.get(line.client) ?? []
    byClient.set(line.client, own)
    own.push({ ...line, place: index + 1 })
  }
  return [...byClient].flatMap(([client, heard]) => [
    ...checkOrder(client, heard),
    ...checkComplete(client, heard, lines),
  ])
}

function checkOrder(client: string, heard: readonly Heard[]): readonly Violation[] {
  const violations: Violation[] = []
  const seen = new Set<string>()
  let newest = 0
  let previous: Heard | undefined
  for (const frame of heard) {
    const place = `client ${client}, call ${frame.call}, line ${frame.place}`
    const isNewCall = previous?.call !== frame.call
    if (seen.has(`${frame.call} ${frame.seq}`)) {
      violations.push({ kind: 'audio doubled', sentence: `The brain heard frame ${frame.seq} twice (${place}).` })
    } else if (!isNewCall && frame.seq < (previous?.seq ?? 0)) {
      const sentence = `The brain heard frame ${frame.seq} after ${previous?.seq ?? 0} (${place}).`
      violations.push({ kind: 'audio out of order', sentence })
    } else if (newest - frame.seq > LONGEST_REPEAT_FRAMES) {
      const sentence = `Frame ${frame.seq} was said again, long after it was heard: ${newest} had come (${place}).`
      violations.push({ kind: 'audio doubled', sentence })
    }
    seen.add(`${frame.call} ${frame.seq}`)
    newest = Math.max(newest, frame.seq)
    previous = frame
  }
  return violations
}

function checkComplete(client: string, heard: readonly Heard[], lines: readonly HistoryLine[]): readonly Violation[] {
  const known = new Set(heard.map(({ seq }) => seq))
  // What came last may still be on its way; what is between was jumped over.
  const span = Math.max(...known) - Math.min(...known) + 1
  const missing = span - known.size
  const allowed = Math.ceil(declaredLostMs(client, lines) / FRAME_MS) + crashes(lines) * CRASH_LOSS_FRAMES
  if (missing <= allowed) return []
  const sentence = `${missing} frames of client ${client} never reached the brain; ${allowed} were declared lost or may go with a crash.`
  return [{ kind: 'audio missing', sentence }]
}

function declaredLostMs(client: string, lines: readonly HistoryLine[]): number {
  let lostMs = 0
  for (const line of lines) {
    if (!('client' in line) || line.client !== client) continue
    if (line.event === 'audio lost') lostMs += line.ms
    if (line.event !== 'received' || !isMessage(line.frame)) continue
    if (line.frame.type !== 'error' || line.frame.code !== 'audio_lost') continue
    lostMs += Number(/(\d+) ms/.exec(line.frame.message)?.[1] ?? 0)
  }
  return lostMs
}

function crashes(lines: readonly HistoryLine[]): number {
  return lines.filter((line) => line.event === 'fault' && line.what === 'killed').length
}
