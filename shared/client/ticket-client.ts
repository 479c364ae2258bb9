import { createRelayAccount, tokensInMemory, type RelayAccount } from './relay-account.ts'
import { type RelayDoor } from './sign-in-requests.ts'

/** Where a client gets its tickets. */
export type TicketSource = Pick<RelayAccount, 'getTicket'>

/** Tickets of a relay of this machine, which pairs by itself; the sign-in lives as long as the source. */
export function createTicketSource({ baseUrl, fetch }: RelayDoor): TicketSource {
  return createRelayAccount({
    baseUrl,
    fetch,
    keeper: tokensInMemory(),
    unpaired: () => 'This relay does not pair by itself: it wants a pairing code or a sign-in.',
  })
}
