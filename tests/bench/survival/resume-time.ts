/** How long a relay itself took to bring clients back: from `session.start` to `session.ready`, from its `/metrics`. */
export interface ResumeTime {
  readonly count: number
  readonly meanMs: number
  /** Share that took at most 5 ms, 0 to 1. */
  readonly within5Ms: number
}

/** @param adminUrl `http://host:port` of the relay's admin listener */
export async function readResumeTime(adminUrl: string): Promise<ResumeTime> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const value = (name: string, ...labels: readonly string[]) => {
    const line = text
      .split('\n')
      .find((each) => each.startsWith(`${name}{`) && labels.every((label) => each.includes(label)))
    return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? NaN)
  }
  const name = 'aside_session_ready_seconds'
  const how = 'how="resumed"'
  const count = value(`${name}_count`, how)
  return {
    count,
    meanMs: Math.round((value(`${name}_sum`, how) / count) * 1e5) / 100,
    within5Ms: Math.round((value(`${name}_bucket`, how, 'le="0.005"') / count) * 1000) / 1000,
  }
}
