import { readFile } from 'node:fs/promises'
import { type Browser as PlaywrightBrowser } from 'playwright-core'

/** What Linux counts processor time in, per second. */
const TICKS_PER_SECOND = 100

const PAGE_KB = 4

/** What all processes of one Chromium took so far. */
interface ProcessUsage {
  readonly processes: number
  /** Processor time, ms, in steps of 10. */
  readonly cpuMs: number
  /** Resident memory, MiB; what processes share counts for each. */
  readonly rssMb: number
}

/** @returns the sum over the processes that live now; Linux only */
export async function usageOf(browser: PlaywrightBrowser): Promise<ProcessUsage> {
  const cdp = await browser.newBrowserCDPSession()
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  await cdp.detach()
  const usages = await Promise.all(processInfo.map(({ id }) => usageOfProcess(id)))
  const sum = (amount: 'cpuMs' | 'rssMb') => usages.reduce((total, usage) => total + (usage?.[amount] ?? 0), 0)
  return { processes: usages.length, cpuMs: sum('cpuMs'), rssMb: Math.round(sum('rssMb')) }
}

async function usageOfProcess(pid: number): Promise<{ readonly cpuMs: number; readonly rssMb: number } | undefined> {
  const [stat, statm] = await Promise.all(
    ['stat', 'statm'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => undefined)),
  )
  if (stat === undefined || statm === undefined) return undefined
  // The name may hold spaces and parentheses; user and system time are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssMb: (Number(statm.split(' ')[1]) * PAGE_KB) / 1024 }
}
