import { readFile } from 'node:fs/promises'

/** @returns the process and everything it has started, as long as their parents live; Linux only */
export async function familyOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const pids = children.split(' ').filter(Boolean).map(Number)
  const families = await Promise.all(pids.map((child) => familyOf(child)))
  return [pid, ...families.flat()]
}

/** Resolves when none of the processes lives; the test's own time limit ends the waiting. */
export async function allGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) while (await isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** A zombie has ended; its parent has only not asked yet. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined)
  return status !== undefined && !/^State:\s+[ZX]/m.test(status)
}
