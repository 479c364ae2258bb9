/** Resolves after `delayMs`, or as soon as the signal aborts. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    signal?.addEventListener('abort', done, { once: true })
    if (signal?.aborted === true) done()
  })
}

/** Resolves when the work is done, or after `limitMs` without it. */
export async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
  const waited = new AbortController()
  await Promise.race([work, pause(limitMs, waited.signal)])
  waited.abort()
}
