import { onMounted, shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import { openIndexedLedger } from '../../ledger/indexed-store.ts'
import { type SoundAhead } from '../../ledger/ledger-entry.ts'
import { Ledger } from '../../ledger/ledger.ts'
import { type Verdict, verifyLedger } from '../../ledger/verify.ts'
import { readSettings } from '../../settings/settings.ts'
import { useLifetime } from '../use-lifetime.ts'
import { type LedgerRow } from './ledger-view.ts'

/** Entries that are read at once: an hour of talk. */
const PAGE = 1000

export interface LedgerReading {
  /** Oldest first. */
  readonly rows: readonly LedgerRow[]
  readonly aheads: readonly SoundAhead[]
  /** Older ones are there. */
  readonly hasOlder: boolean
}

/** What left this browser, read from the newest entry backwards; read again whenever a person comes back to the page. */
export function useLedger(): {
  /** Undefined until it was read. */
  readonly reading: Readonly<ShallowRef<LedgerReading | undefined>>
  readonly readOlder: () => Promise<void>
  readonly readAgain: () => Promise<void>
  readonly verify: () => Promise<Verdict>
  readonly forget: (session: string) => Promise<void>
  /** Everything that was sent to the relay of the settings. */
  readonly forgetRelay: () => Promise<void>
  /** Everything, as JSON, for somebody else to check. */
  readonly exported: () => Promise<string>
} {
  const ledger = new Ledger(openIndexedLedger)
  const reading = shallowRef<LedgerReading>()

  async function rowsBelow(below: number, limit: number): Promise<readonly LedgerRow[]> {
    const store = await ledger.store()
    const entries = await store.entriesBelow(below, limit)
    const [first, last] = [entries[0], entries.at(-1)]
    if (first === undefined || last === undefined) return []
    const contents = await store.contents(first.seq, last.seq)
    return entries.map((entry) => {
      const content = contents.get(entry.seq)
      return content === undefined ? entry : { ...entry, content }
    })
  }

  async function readAgain(): Promise<void> {
    const known = reading.value?.rows.length ?? 0
    const rows = await rowsBelow(Infinity, Math.max(PAGE, known))
    const aheads = await (await ledger.store()).aheads()
    reading.value = { rows, aheads, hasOlder: rows.length >= PAGE }
  }

  async function forget(isMeant: Parameters<Ledger['forget']>[0]): Promise<void> {
    await ledger.forget(isMeant)
    await readAgain()
  }

  onMounted(readAgain)
  addEventListener('focus', () => void readAgain(), { signal: useLifetime() })

  return {
    reading: shallowReadonly(reading),
    readAgain,
    async readOlder() {
      const { rows = [], aheads = [] } = reading.value ?? {}
      const older = await rowsBelow(rows[0]?.seq ?? Infinity, PAGE)
      reading.value = { rows: [...older, ...rows], aheads, hasOlder: older.length >= PAGE }
    },
    verify: async () => verifyLedger(await ledger.store()),
    forget: (session) => forget((entry) => entry.session === session),
    async forgetRelay() {
      const { relayUrl } = await readSettings()
      await forget((entry) => entry.relay === relayUrl)
    },
    async exported() {
      const rows = await rowsBelow(Infinity, Number.MAX_SAFE_INTEGER)
      const head = await (await ledger.store()).head()
      return JSON.stringify({ head, entries: rows.map(readable) }, null, 2)
    },
  }
}

function readable({ content, ...entry }: LedgerRow): object {
  if (content === undefined) return entry
  const { thumbnail, ...words } = content
  return { ...entry, content: thumbnail === undefined ? words : { ...words, thumbnail: base64Of(thumbnail) } }
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
