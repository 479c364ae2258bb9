import { hashResumeToken, isTokenOf, newResumeToken } from './session-state.ts'

/** What a client may come back with: the token it was given last, and, until it spoke with that, the one before. */
export class ResumeTokens {
  #hashes: readonly string[]

  /** @param hashes as they are stored */
  constructor(hashes: readonly string[]) {
    this.#hashes = hashes
  }

  /** What is stored of them, newest first. */
  get hashes(): readonly string[] {
    return this.#hashes
  }

  isGood(token: string): boolean {
    return isTokenOf(token, this.#hashes)
  }

  isNewest(token: string): boolean {
    return isTokenOf(token, this.#hashes.slice(0, 1))
  }

  /** @param presented the one a client came with, which works on until it spoke again. @returns its next one */
  next(presented: string): string {
    const token = newResumeToken()
    this.#hashes = [hashResumeToken(token), hashResumeToken(presented)]
    return token
  }

  /** The client has the newest. */
  confirm(): void {
    this.#hashes = this.#hashes.slice(0, 1)
  }
}
