import { type Store } from '../store/store.ts'
import { createAccessTokens, type AccessTokens } from './access-token.ts'
import { createDevices } from './devices.ts'
import { createRefreshTokens } from './refresh-token.ts'
import { createRevocation, type Revocation } from './revocation.ts'
import { type Secrets } from './secret.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { createTickets, type Tickets } from './ticket.ts'

/** Everything that says who may come in; wiring only. */
export interface Authority {
  readonly accessTokens: AccessTokens
  readonly tickets: Tickets
  readonly revocation: Revocation
  readonly signIn: SignIn
}

export interface AuthorityOptions {
  readonly secrets: Secrets
  readonly store: Pick<Store, 'keyValue' | 'journal' | 'bus'>
  /** Hears of a revocation that could not be told to the other instances. */
  readonly onTrouble: (error: unknown) => void
}

export function createAuthority({ secrets, store, onTrouble }: AuthorityOptions): Authority {
  const { keyValue, journal } = store
  const revocation = createRevocation(store, onTrouble)
  const devices = createDevices(keyValue, revocation)
  const accessTokens = createAccessTokens({ secrets })
  return {
    accessTokens,
    tickets: createTickets({ secrets, takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs) }),
    revocation,
    signIn: createSignIn({ accessTokens, devices, refreshTokens: createRefreshTokens(keyValue, devices) }),
  }
}
