import { type ClientMessageOf } from '../../../shared/protocol/client-message.ts'
import { type ServerMessageOf } from '../../../shared/protocol/server-message.ts'
import { isMessage, placeOf, type Placed, type Thread, threadsOf } from './threads.ts'
import { type Evidence, type Limits, type Violation } from './violation.ts'

type Resume = ClientMessageOf<'session.start'>['resume']

/**
 * Promise 1, the other half: who comes back in time goes on where it was, who comes back later keeps its conversation and
 * is told what was said in it.
 */
export function checkContinuity({ lines, limits }: Evidence): readonly Violation[] {
  const lastHeardAt = new Map<string, number>()
  const violations: Violation[] = []
  // In the order of all lines, since one client may go on with what another began.
  const steps = threadsOf(lines)
    .flatMap(stepsOf)
    .sort((a, b) => a.line.place - b.line.place)
  for (const { line, conversation, resume } of steps) {
    if (line.event === 'received' && isMessage(line.frame) && line.frame.type === 'session.ready')
      violations.push(...checkReady(line, line.frame, resume, lastHeardAt, limits))
    if (conversation !== undefined) lastHeardAt.set(conversation, line.at)
  }
  return violations
}

function checkReady(
  line: Placed,
  ready: ServerMessageOf<'session.ready'>,
  resume: Resume,
  lastHeardAt: ReadonlyMap<string, number>,
  limits: Limits,
): readonly Violation[] {
  if (resume === undefined) {
    if (!ready.resumed) return []
    return [lost(line, 'resumed a conversation although it had asked for none')]
  }
  const awayMs = line.at - (lastHeardAt.get(resume.sessionId) ?? line.at)
  return ready.sessionId === resume.sessionId
    ? checkReturn(line, ready, awayMs, limits)
    : checkLoss(line, ready, resume.sessionId, awayMs > limits.idleMs)
}

/** The client has its conversation again. */
function checkReturn(
  line: Placed,
  ready: ServerMessageOf<'session.ready'>,
  awayMs: number,
  limits: Limits,
): readonly Violation[] {
  if (ready.resumed) return []
  const away = `${Math.round(awayMs / 1000)} s`
  const violations = awayMs > limits.resumeMs ? [] : [lost(line, `did not resume ${ready.sessionId} after ${away}`)]
  if (ready.seq === 0 || (ready.history?.length ?? 0) > 0) return violations
  const sentence = `${ready.sessionId} went on without its history (${placeOf(line)}).`
  return [...violations, { kind: 'no history', sentence }]
}

/** The client has another conversation. */
function checkLoss(
  line: Placed,
  ready: ServerMessageOf<'session.ready'>,
  asked: string,
  isLongAgo: boolean,
): readonly Violation[] {
  if (ready.resumed) return [lost(line, `asked for ${asked} and went on with ${ready.sessionId}`)]
  return isLongAgo ? [] : [lost(line, `asked for ${asked} and got a new conversation`)]
}

function lost(line: Placed, what: string): Violation {
  return { kind: 'continuity lost', sentence: `The client ${what} (${placeOf(line)}).` }
}

interface Step {
  readonly line: Placed
  readonly conversation: string | undefined
  /** What the socket of this line asked to resume. */
  readonly resume: Resume
}

function stepsOf(thread: Thread): readonly Step[] {
  const steps: Step[] = []
  let conversation: string | undefined
  let resume: Resume
  for (const line of thread.lines) {
    if (line.event === 'opening') conversation = undefined
    if (line.event === 'sent' && 'type' in line.frame && line.frame.type === 'session.start') {
      resume = line.frame.resume
    }
    if (line.event !== 'received') continue
    if (isMessage(line.frame) && line.frame.type === 'session.ready') conversation = line.frame.sessionId
    steps.push({ line, conversation, resume })
  }
  return steps
}
