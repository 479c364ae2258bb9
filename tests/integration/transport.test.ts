import { describe } from 'vitest'
import { chooseEngine } from '../../relay/transport/load-engine.ts'
import { abuseContract } from './transport-abuse.contract.ts'
import { httpContract } from './transport-http.contract.ts'
import { outboxContract } from './transport-outbox.contract.ts'
import { socketContract } from './transport.contract.ts'

// Not skipped where uWebSockets.js does not load: on Debian 12 this runs under scripts/uws-host.mjs, or it fails.
const engines = await Promise.all([chooseEngine('uws'), chooseEngine('ws')])

describe.each(engines)('$name', ({ start }) => {
  socketContract(start)
  httpContract(start)
  abuseContract(start)
  outboxContract(start)
})
