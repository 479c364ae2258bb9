import { type AccessTokens } from './access-token.ts'
import { type Devices } from './devices.ts'
import { type User } from './identity.ts'
import { type RefreshTokens, type Rotation } from './refresh-token.ts'

/** What a device holds (docs/protocol.md §1). */
export interface TokenPair {
  readonly accessToken: string
  /** Lifetime of the access token, seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  readonly user: User
}

type Refreshed = { readonly ok: true; readonly tokens: TokenPair } | Extract<Rotation, { readonly ok: false }>

/** Every method rejects with `StoreError` when the store did not confirm. */
export interface SignIn {
  /** Makes a new device of somebody who proved who they are. @param deviceName what they call it */
  pair(user: User, deviceName: string | undefined): Promise<TokenPair>
  refresh(refreshToken: string): Promise<Refreshed>
  /** Ends a device everywhere. Idempotent. */
  logOut(deviceId: string): Promise<void>
}

export interface SignInDeps {
  readonly accessTokens: Pick<AccessTokens, 'issue'>
  readonly devices: Pick<Devices, 'add' | 'end'>
  readonly refreshTokens: RefreshTokens
}

/** From a right to come in to tokens, whatever the pairing. */
export function createSignIn({ accessTokens, devices, refreshTokens }: SignInDeps): SignIn {
  return {
    async pair(user, deviceName) {
      const device = await devices.add(user, deviceName)
      const refreshToken = await refreshTokens.issue(device)
      return { ...(await accessTokens.issue({ user, deviceId: device.id })), refreshToken, user }
    },

    async refresh(token) {
      const rotation = await refreshTokens.rotate(token)
      if (!rotation.ok) return rotation
      const { device, refreshToken } = rotation
      const issued = await accessTokens.issue({ user: device.user, deviceId: device.id })
      return { ok: true, tokens: { ...issued, refreshToken, user: device.user } }
    },

    logOut: (deviceId) => devices.end(deviceId),
  }
}
