/** How a connection to the brain ended, or was refused: its close code (1006 without one) and its own words. */
export interface Farewell {
  readonly code: number
  readonly reason: string
}

/** When it ended: before its setup was complete, or afterwards. */
export type Phase = 'setup' | 'live'

/** What a farewell means, whatever its code. */
export type Cause =
  /** The line broke or the server went elsewhere: nothing is wrong with what was asked. */
  | 'line'
  /** The service failed. */
  | 'service'
  /** A refusal that has been seen to pass by itself. */
  | 'passing'
  /** The setup was never answered. */
  | 'silence'
  /** The handle is no longer known. */
  | 'handle'
  /** What was asked or sent is refused, and would be again. */
  | 'request'
  /** The key opens nothing. */
  | 'key'
  /** The key has used up what it may. */
  | 'quota'
  /** There is no such model, or not for this key. */
  | 'model'

/** Texts that were seen, in the order in which they decide; a code alone says less than its words. */
const TEXTS: readonly (readonly [RegExp, Cause])[] = [
  [/no answer to the setup/i, 'silence'],
  [/session not found|(resumption|handle).{0,40}(invalid|expired|not found)|invalid.{0,20}handle/i, 'handle'],
  [/api.?key.{0,40}(not valid|invalid|expired|leaked|not found)|unregistered callers|response: 40[13]/i, 'key'],
  [/permission.?denied|api_key_invalid/i, 'key'],
  [/quota|resource.{0,10}exhausted|rate limit|too many requests|response: 429/i, 'quota'],
  [/is not found for api version|not supported for bidigeneratecontent/i, 'model'],
  [/operation was aborted|deadline expired/i, 'line'],
  [/response: 5\d\d/i, 'service'],
]

const CODES: ReadonlyMap<number, Cause> = new Map([
  [1007, 'request'],
  [1008, 'passing'],
  [1011, 'service'],
  [1013, 'service'],
])

/** @param usedHandle the connection was to go on where an earlier one was */
export function causeOf({ code, reason }: Farewell, phase: Phase, usedHandle: boolean): Cause {
  const told = TEXTS.find(([pattern]) => pattern.test(reason))?.[1] ?? CODES.get(code) ?? 'line'
  // An invalid argument in a setup that is otherwise fine: the handle.
  if (told === 'request' && phase === 'setup' && usedHandle) return 'handle'
  return told === 'handle' && !usedHandle ? 'passing' : told
}

export interface NextStep {
  /** `now`: at once · `later`: after the next wait of the series · `never`: it is given up. */
  readonly when: 'now' | 'later' | 'never'
  readonly route: 'same' | 'next key' | 'next model'
  /** Whether the handle may be used again; without it the brain starts anew and is told the conversation so far. */
  readonly keepsHandle: boolean
}

/** Whether what was said and not answered may be said again: never what may have been the reason. */
export function mayRepeat(cause: Cause): boolean {
  return cause !== 'request'
}

/** A model that failed so often in a row is not asked again while there is another. */
const MODEL_FAILURES = 2

/** A refusal that may pass gets so many chances in a row: with the handle, and without. */
const PASSING_FAILURES = 3

interface Circumstances {
  readonly isSetup: boolean
  readonly usedHandle: boolean
  readonly failures: number
}

/** One row for each cause; what a row does not say is: after the next wait, the same way, with the handle. */
const ROWS: Readonly<Record<Cause, (at: Circumstances) => Partial<NextStep>>> = {
  line: (at) => ({ route: routeAfter(at), keepsHandle: !(failedWithHandle(at) && at.failures > MODEL_FAILURES) }),
  // Once with the handle: it may have died with the server that gave it.
  service: (at) => ({ route: routeAfter(at), keepsHandle: !failedWithHandle(at) }),
  silence: (at) => ({ route: routeAfter(at), keepsHandle: !failedWithHandle(at) }),
  passing: (at) => ({
    when: at.failures >= PASSING_FAILURES ? 'never' : 'later',
    keepsHandle: !failedWithHandle(at),
  }),
  handle: () => ({ when: 'now', keepsHandle: false }),
  request: ({ isSetup }) => ({ when: isSetup ? 'never' : 'later', keepsHandle: false }),
  key: () => ({ when: 'now', route: 'next key' }),
  quota: () => ({ when: 'now', route: 'next key' }),
  model: () => ({ when: 'now', route: 'next model' }),
}

/**
 * What to do after a connection ended. Pure: this is the table of docs/adr/0010.
 *
 * @param failures in a row, this one counted; a connection that was well for a while ends the row
 */
export function nextStep(cause: Cause, phase: Phase, usedHandle: boolean, failures: number): NextStep {
  const row = ROWS[cause]({ isSetup: phase === 'setup', usedHandle, failures })
  return { when: 'later', route: 'same', keepsHandle: true, ...row }
}

function routeAfter({ isSetup, failures }: Circumstances): NextStep['route'] {
  return isSetup && failures >= MODEL_FAILURES ? 'next model' : 'same'
}

function failedWithHandle({ isSetup, usedHandle }: Circumstances): boolean {
  return isSetup && usedHandle
}
