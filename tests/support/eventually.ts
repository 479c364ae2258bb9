import { setTimeout as wait } from 'node:timers/promises'

/** Asks until the answer is yes; the test's own time-out ends it. */
export async function untilTrue(ask: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await ask())) await wait(10)
}
