/** Somebody who may talk. */
export interface User {
  /** `local`, `code:…` or `oidc:…`. */
  readonly id: string
  /** For people to read. */
  readonly name: string
}

/** A person on one of their devices: what an access token or a ticket vouches for. */
export interface Identity {
  readonly user: User
  /** One for each pairing; logging out ends it. */
  readonly deviceId: string
}
