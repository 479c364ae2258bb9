import { withoutUndefined } from '../../../shared/util/without-undefined.ts'
import { likeness } from '../answer/trigram.ts'
import { findFault, FAULTS } from './catalogue.ts'
import { MOMENTS, type Fault, type Moment } from './fault.ts'
import { FaultyLine, type OpenHandles, type Threat } from './faulty-line.ts'

/** Which fault is to happen, and when. */
export interface FaultPlan {
  readonly fault: Fault
  /** Another moment than the fault's own. */
  readonly at?: Moment
  /** So long after its moment, ms. */
  readonly afterMs?: number
  /** On how many connections, counted from the first on which its moment comes; 1 unless given. */
  readonly times?: number
}

const PLAN = /^(?<name>[\w-]+)(?:@(?<at>\w+))?(?::(?<times>\d{1,4}|every))?(?:\+(?<afterMs>\d{1,6}))?$/
/** This many names are offered in place of one that does not exist. */
const MAX_SUGGESTIONS = 3
/** Names less like the given one than this are no help. */
const ALIKE = 0.3

export const PLAN_SYNTAX = 'NAME[@MOMENT][:TIMES|:every][+MS]'

/**
 * Reads a plan as it is written on a command line: `drop-answer`, `unavailable@toolCall:3`, `silent+500`.
 *
 * @returns the plan, or a sentence that says what is wrong with it
 */
export function readFaultPlan(text: string): FaultPlan | string {
  const groups = PLAN.exec(text)?.groups
  if (groups === undefined) return `"${text}" is no fault; write ${PLAN_SYNTAX}.`
  const { name = '', at, times, afterMs } = groups
  const fault = findFault(name)
  if (fault === undefined) return unknown(name)
  if (at !== undefined && !isMoment(at)) return `"${at}" is no moment; these are: ${MOMENTS.join(', ')}.`
  if (fault.kind !== 'strike' && (at ?? afterMs) !== undefined) return `${name} has no moment that could be changed.`
  return withoutUndefined({ fault, at, afterMs: numberOf(afterMs), times: numberOf(times) })
}

/** The faults of one server, often none: each new connection gets a line on which they may happen. */
export class FaultKit {
  readonly #threats: readonly Threat[]
  /** Handles of connections that are open. */
  readonly #open = new Map<string, object>()

  constructor(plans: readonly FaultPlan[] = []) {
    this.#threats = plans.map(threatOf)
  }

  /** @returns undefined where nothing can go wrong */
  line(): FaultyLine | undefined {
    if (this.#threats.length === 0) return undefined
    const open = this.#open
    const handles: OpenHandles = {
      give: (handle, line) => open.set(handle, line),
      isOpen: (handle) => open.has(handle),
      closed: (line) => {
        for (const [handle, holder] of open) if (holder === line) open.delete(handle)
      },
    }
    return new FaultyLine(this.#threats, handles)
  }
}

function threatOf({ fault, at, afterMs = 0, times = 1 }: FaultPlan): Threat {
  let left = times
  return { fault, at, afterMs, spend: () => left-- > 0 }
}

function unknown(name: string): string {
  const near = FAULTS.map((fault) => ({ name: fault.name, score: likeness(name, fault.name) }))
    .filter(({ score }) => score >= ALIKE)
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_SUGGESTIONS)
  const hint = near.length === 0 ? '' : ` Did you mean ${near.map((fault) => fault.name).join(', ')}?`
  return `There is no fault "${name}".${hint}`
}

function numberOf(text: string | undefined): number | undefined {
  return text === 'every' ? Infinity : text === undefined ? undefined : Number(text)
}

function isMoment(text: string): text is Moment {
  return MOMENTS.some((moment) => moment === text)
}
