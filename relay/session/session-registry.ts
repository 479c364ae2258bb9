import { type User } from '../auth/identity.ts'
import { type Capacity } from '../transport/admission.ts'
import { type Peer, type PeerHandler } from '../transport/transport.ts'
import { Session, type SessionDeps } from './session.ts'

export interface RegistryOptions {
  readonly maxSessionsPerUser: number
  /** Of all users together: what one core carries with room to spare. */
  readonly maxSessions: number
}

/** Every open socket of this process: who talks, and whether somebody else may. */
export class SessionRegistry {
  readonly #options: RegistryOptions
  readonly #deps: SessionDeps
  readonly #countByUser = new Map<string, number>()
  #count = 0
  #isDraining = false

  constructor(options: RegistryOptions, deps: SessionDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Whether another conversation may begin. @param user whose it would be, where that is known */
  capacity(user: User | undefined): Capacity {
    if (this.#isDraining) return 'draining'
    if (this.#count >= this.#options.maxSessions) return 'full'
    const ofUser = user === undefined ? 0 : (this.#countByUser.get(user.id) ?? 0)
    return ofUser >= this.#options.maxSessionsPerUser ? 'user_full' : 'open'
  }

  /** Takes an admitted socket. */
  open(peer: Peer, user: User): PeerHandler {
    this.#count++
    this.#countByUser.set(user.id, (this.#countByUser.get(user.id) ?? 0) + 1)
    return new Session(peer, user, this.#deps, () => this.#closed(user))
  }

  /** From now on nobody is taken any more. */
  drain(): void {
    this.#isDraining = true
  }

  #closed(user: User): void {
    this.#count--
    const left = (this.#countByUser.get(user.id) ?? 1) - 1
    if (left === 0) this.#countByUser.delete(user.id)
    else this.#countByUser.set(user.id, left)
  }
}
