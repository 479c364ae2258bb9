import * as v from 'valibot'
import { storage } from 'wxt/utils/storage'
import { DEFAULT_RELAY_URL, parseRelayAddress } from './relay-address.ts'

const relayUrl = v.pipe(
  v.string(),
  v.check((text) => parseRelayAddress(text).ok),
)

/** A field that cannot be read any more falls back alone: one bad value must not cost a person all the others. */
const settingsSchema = v.object({
  /** Origin of the relay, without a slash at its end. */
  relayUrl: v.fallback(relayUrl, DEFAULT_RELAY_URL),
  /** Go on listening and speaking when the side panel closes. */
  keepTalking: v.fallback(v.boolean(), false),
  audio: v.fallback(
    v.object({
      echoCancellation: v.fallback(v.boolean(), true),
      noiseSuppression: v.fallback(v.boolean(), true),
      autoGainControl: v.fallback(v.boolean(), true),
    }),
    { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  ),
  /** Size of the captions; 1 is 15 px. */
  captionScale: v.fallback(v.pipe(v.number(), v.minValue(1), v.maxValue(1.75)), 1),
})

type Writable = v.InferOutput<typeof settingsSchema>

/** What a person chose; secrets are never here (`background/relay-account` keeps them). */
export type Settings = Readonly<Omit<Writable, 'audio'>> & { readonly audio: Readonly<Writable['audio']> }

/** Promises a whole, valid `Settings` whatever was stored: by an older version, by a newer one, or by accident. */
export function parseSettings(stored: unknown): Settings {
  const result = v.safeParse(settingsSchema, stored)
  return result.success ? result.output : v.parse(settingsSchema, {})
}

export const DEFAULT_SETTINGS: Settings = parseSettings({})

/** `version` is stored beside the value; the next one brings its entry in `migrations`. */
const stored = storage.defineItem<unknown>('local:settings', { version: 1, migrations: {} })

export async function readSettings(): Promise<Settings> {
  return parseSettings(await stored.getValue())
}

/** Stores the fields of `change`, keeps the others, and answers what now holds. One change at a time, whichever page asks. */
export function changeSettings(change: Partial<Settings>): Promise<Settings> {
  return navigator.locks.request('aside-settings', async () => {
    const changed = parseSettings({ ...(await readSettings()), ...change })
    await stored.setValue(changed)
    return changed
  })
}

/** Calls `listener` after every change by any page of the extension, until the signal aborts. */
export function watchSettings(listener: (settings: Settings) => void, signal: AbortSignal): void {
  const unwatch = stored.watch((value) => listener(parseSettings(value)))
  signal.addEventListener('abort', unwatch, { once: true })
}
