import { type PairingConfig, type RelayConfig } from '../config.ts'
import { type Store } from '../store/store.ts'
import { createAccessTokens, type AccessTokens } from './access-token.ts'
import { createClientAddress, type ClientAddress } from './client-address.ts'
import { createDevices } from './devices.ts'
import { createIdTokens, type IdTokens } from './id-token.ts'
import { createLimits, type LimitRates, type Limits } from './limits.ts'
import { createOidcProvider } from './oidc-provider.ts'
import { createPairingCodes, type PairingCodes } from './pairing-code.ts'
import { createRefreshTokens } from './refresh-token.ts'
import { createRevocation, type Revocation } from './revocation.ts'
import { type Secrets } from './secret.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { createTickets, type Tickets } from './ticket.ts'

/** How a new device proves whose it is. */
export type Pairing =
  | { readonly kind: 'local' }
  | { readonly kind: 'code'; readonly codes: PairingCodes }
  | { readonly kind: 'oidc'; readonly idTokens: IdTokens }

/** Everything that says who may come in, and how often; wiring only. */
export interface Authority {
  readonly accessTokens: AccessTokens
  readonly tickets: Tickets
  readonly revocation: Revocation
  readonly signIn: SignIn
  readonly pairing: Pairing
  readonly limits: Limits
  readonly clientAddress: ClientAddress
}

export interface AuthorityOptions {
  readonly secrets: Secrets
  readonly store: Pick<Store, 'keyValue' | 'journal' | 'bus' | 'limiterClient'>
  readonly pairing: PairingConfig
  readonly trustedProxies: RelayConfig['trustedProxies']
  readonly rates: LimitRates
  /** Hears of a revocation that could not be told to the other instances. */
  readonly onTrouble: (error: unknown) => void
}

export function createAuthority(options: AuthorityOptions): Authority {
  const { secrets, store } = options
  const { keyValue } = store
  const revocation = createRevocation(store, options.onTrouble)
  const devices = createDevices(keyValue, revocation)
  const accessTokens = createAccessTokens({ secrets })
  return {
    accessTokens,
    tickets: createTickets({ secrets, takeOnce: takeOnceIn(store) }),
    revocation,
    signIn: createSignIn({ accessTokens, devices, refreshTokens: createRefreshTokens(keyValue, devices) }),
    pairing: createPairing(options),
    limits: createLimits(options.rates, store.limiterClient),
    clientAddress: createClientAddress(options.trustedProxies),
  }
}

function createPairing({ pairing, secrets, store }: AuthorityOptions): Pairing {
  const takeOnce = takeOnceIn(store)
  switch (pairing.kind) {
    case 'local':
      return pairing
    case 'code':
      return { kind: 'code', codes: createPairingCodes({ secrets, keyValue: store.keyValue, takeOnce }) }
    case 'oidc': {
      const { issuer, audience, clientId } = pairing
      const provider = createOidcProvider({ issuer })
      return { kind: 'oidc', idTokens: createIdTokens({ provider, audience, clientId, takeOnce }) }
    }
  }
}

function takeOnceIn({ journal }: Pick<Store, 'journal'>) {
  return (key: string, ttlMs: number) => journal.takeOnce(key, ttlMs)
}
