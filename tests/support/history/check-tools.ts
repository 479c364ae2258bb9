import { type HistoryLine } from './line.ts'
import { isMessage, placeOf, threadsOf } from './threads.ts'
import { type Evidence, type Violation } from './violation.ts'

/** Promise 4: a tool that does something is started once at most for each call, and the brain is answered once. */
export function checkTools({ lines }: Evidence): readonly Violation[] {
  return [...checkStarts(lines), ...checkAnswers(lines)]
}

function checkStarts(lines: readonly HistoryLine[]): readonly Violation[] {
  const harmless = readingTools(lines)
  const started = new Map<string, number>()
  const violations: Violation[] = []
  const placed = threadsOf(lines).flatMap((thread) => thread.lines)
  for (const line of placed) {
    if (line.event !== 'received' || !isMessage(line.frame) || line.frame.type !== 'tool.call') continue
    const { callId, name } = line.frame
    if (harmless.has(name)) continue
    const first = started.get(callId)
    if (first === undefined) started.set(callId, line.place)
    else {
      const sentence = `${name} was to run again for call ${callId}, as in line ${first} (${placeOf(line)}).`
      violations.push({ kind: 'tool ran twice', sentence })
    }
  }
  return violations
}

/** Names of the tools that only read, as the clients declared them. */
function readingTools(lines: readonly HistoryLine[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const line of lines) {
    if (line.event !== 'sent' || !('type' in line.frame) || line.frame.type !== 'session.start') continue
    for (const { name, effect } of line.frame.setup.browserTools ?? []) if (effect === 'read') names.add(name)
  }
  return names
}

function checkAnswers(lines: readonly HistoryLine[]): readonly Violation[] {
  const answered = new Set<string>()
  const violations: Violation[] = []
  for (const [index, line] of lines.entries()) {
    if (line.event !== 'brain' || line.what !== 'tool answered') continue
    const key = `${line.call} ${line.callId}`
    if (answered.has(key)) {
      const sentence = `The brain was answered call ${line.callId} twice (connection ${line.call}, line ${index + 1}).`
      violations.push({ kind: 'tool ran twice', sentence })
    }
    answered.add(key)
  }
  return violations
}
