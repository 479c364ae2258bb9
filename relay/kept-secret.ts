import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Shorter than this it was cut or tampered with, characters. */
const MIN_LENGTH = 32

/**
 * The secret of a relay whose operator gave none: made at the first start and kept where only this user may read, so that
 * devices stay paired over a restart.
 *
 * @param folder is made when it is not there, with mode 0700; the file in it has 0600
 * @throws when the folder cannot be written or the file cannot be used; the message says what to do
 */
export function keptSecret(folder: string): string {
  const path = join(folder, 'secret')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
    const secret = readOrMake(path)
    if (secret.length >= MIN_LENGTH) return secret
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `The relay's secret cannot be kept in ${path}: ${reason}. Make the folder writable or set ASIDE_SECRET.`,
    )
  }
  throw new Error(`${path} is no secret of a relay: delete it and start again, or set ASIDE_SECRET.`)
}

function readOrMake(path: string): string {
  const secret = randomBytes(32).toString('hex')
  try {
    // Fails when it is there already, also when another relay made it a moment ago.
    writeFileSync(path, `${secret}\n`, { flag: 'wx', mode: 0o600 })
    return secret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(path, 0o600)
    return readFileSync(path, 'utf8').trim()
  }
}
