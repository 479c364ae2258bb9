import { type ChainedEntry, type LedgerContent, type LedgerEntry } from './ledger-entry.ts'

/** Puts an entry behind another one. @param previous hash of that one */
export async function chained(seq: number, previous: string, entry: LedgerEntry): Promise<ChainedEntry> {
  return { seq, entry, previous, hash: await entryHash({ seq, entry, previous }) }
}

export function entryHash({ seq, entry, previous }: Omit<ChainedEntry, 'hash'>): Promise<string> {
  return sha256(canonicalJson({ seq, entry, previous }))
}

export async function contentHash({ thumbnail, ...words }: LedgerContent): Promise<string> {
  const picture = thumbnail === undefined ? undefined : await sha256(thumbnail)
  return sha256(canonicalJson({ ...words, thumbnail: picture }))
}

/** @returns SHA-256 as lower-case hexadecimal; of a text, in UTF-8 */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The same value is the same text, in whatever order its fields were written. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
