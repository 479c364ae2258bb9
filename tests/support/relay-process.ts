import { afterAll } from 'vitest'
import { startPrivateRelay } from '../../scripts/talk/private-relay.ts'

const stoppers = new Set<() => Promise<void>>()
afterAll(async () => {
  await Promise.all([...stoppers].map((stop) => stop()))
})

/**
 * Starts a relay with the local brain as a process of its own, as `npm start` runs it, on free ports. It is gone when
 * the test file ends.
 *
 * @returns its address, `http://127.0.0.1:PORT`
 */
export async function startSharedRelay(): Promise<string> {
  const relay = await startPrivateRelay((line) => console.error(line))
  if (!relay.ok) throw new Error(relay.fault)
  stoppers.add(() => relay.stop())
  return relay.url
}
