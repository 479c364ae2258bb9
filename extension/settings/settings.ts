import * as v from 'valibot'
import { storage } from 'wxt/utils/storage'
import { DEFAULT_RELAY_URL, parseRelayAddress } from './relay-address.ts'

const relayUrl = v.pipe(
  v.string(),
  v.check((text) => parseRelayAddress(text).ok),
)
const flag = (usual: boolean) => v.fallback(v.boolean(), usual)
const text = (most: number) => v.fallback(v.pipe(v.string(), v.maxLength(most)), '')
const amount = (least: number, most: number, usual: number) =>
  v.fallback(v.pipe(v.number(), v.minValue(least), v.maxValue(most)), usual)
/** A group that cannot be read falls back whole, and each of its fields by itself. */
function group<Entries extends v.ObjectEntries>(entries: Entries) {
  const whole = v.object(entries)
  return v.fallback(whole, v.parse(whole, {}))
}

/** A field that cannot be read any more falls back alone: one bad value must not cost a person all the others. */
const settingsSchema = v.object({
  /** Origin of the relay, without a slash at its end. */
  relayUrl: v.fallback(relayUrl, DEFAULT_RELAY_URL),
  /** Go on listening and speaking when the side panel closes. */
  keepTalking: flag(false),
  talk: group({
    /** `open`: it listens all the time; `hold`: only while the button or Space is held. */
    mode: v.fallback(v.picklist(['open', 'hold']), 'open'),
    /** Silence that ends what a person says, ms. */
    silenceMs: amount(200, 4000, 700),
    /** Whether speaking over an answer stops it. */
    interruptible: flag(true),
    /** Nobody said or did anything for this long: listening pauses; 0: never. Minutes. */
    idlePauseMinutes: amount(0, 60, 5),
    /** A short tone when the microphone opens and closes. */
    sounds: flag(false),
  }),
  voice: group({
    /** What the brain is asked for; empty: as the relay has it. */
    model: text(200),
    name: text(100),
    /** BCP 47; empty: whatever the person speaks. */
    language: text(35),
    persona: text(8000),
    brevity: v.fallback(v.picklist(['short', 'normal', 'full']), 'normal'),
    /** Absent: the model's own. 0–2 */
    temperature: v.fallback(v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))), undefined),
    affective: flag(false),
    proactive: flag(false),
  }),
  microphone: group({
    /** Empty: the system's choice. */
    deviceId: text(200),
    echoCancellation: flag(true),
    noiseSuppression: flag(true),
    autoGainControl: flag(true),
  }),
  speaker: group({
    /** Empty: the system's choice. */
    deviceId: text(200),
    /** 0–1 */
    volume: amount(0, 1, 1),
    /** Answers are read and not heard. */
    captionsOnly: flag(false),
  }),
  sight: group({
    /** Pixels. */
    width: amount(320, 1920, 1024),
    /** JPEG quality, 0–1. */
    quality: amount(0.3, 0.95, 0.7),
    pace: v.fallback(v.picklist(['changes', 'speaking']), 'changes'),
    /** How closely the model looks; absent: its own way. */
    detail: v.fallback(v.optional(v.picklist(['low', 'medium', 'high'])), undefined),
    /** Hosts (`bank.example`, with all below it) whose pages are never read or shown. */
    excludedSites: v.fallback(v.pipe(v.array(v.pipe(v.string(), v.maxLength(253))), v.maxLength(500)), []),
  }),
  captions: group({
    /** Size; 1 is 15 px. */
    scale: amount(1, 1.75, 1),
  }),
  look: group({
    theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  }),
  /** New conversations are temporary: the relay keeps nothing of them. */
  temporary: flag(false),
})

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Item[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
    : Value

/** What a person chose; secrets are never here (`background/relay-account` keeps them). */
export type Settings = Immutable<v.InferOutput<typeof settingsSchema>>

/** Promises a whole, valid `Settings` whatever was stored: by an older version, by a newer one, or by accident. */
export function parseSettings(stored: unknown): Settings {
  const result = v.safeParse(settingsSchema, stored)
  return result.success ? result.output : v.parse(settingsSchema, {})
}

export const DEFAULT_SETTINGS: Settings = parseSettings({})

/** `version` is stored beside the value; the next one brings its entry in `migrations`. */
const stored = storage.defineItem<unknown>('local:settings', { version: 2, migrations: { 2: groupSettings } })

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

/** Version 1 had the treatment of sound as `audio` and the size of the captions by itself. */
function groupSettings(first: unknown): unknown {
  if (typeof first !== 'object' || first === null) return first
  const { audio, captionScale, ...rest } = first as Readonly<Record<string, unknown>>
  return { ...rest, microphone: audio, captions: { scale: captionScale } }
}
