import { afterAll } from 'vitest'
import { startPrivateRelay } from '../../scripts/talk/private-relay.ts'

/** The relay of this test file, once somebody asked for it. */
const shared: { relay?: ReturnType<typeof startPrivateRelay> } = {}
afterAll(async () => {
  const relay = await shared.relay
  if (relay?.ok === true) await relay.stop()
})

/**
 * Starts a relay with the local brain as a process of its own, as `npm start` runs it, on free ports; one for a test
 * file, with which it ends.
 *
 * @returns its address, `http://127.0.0.1:PORT`
 */
export async function startSharedRelay(): Promise<string> {
  shared.relay ??= startPrivateRelay((line) => console.error(line))
  const relay = await shared.relay
  if (!relay.ok) throw new Error(relay.fault)
  return relay.url
}
