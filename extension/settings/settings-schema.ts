import * as v from 'valibot'
import { DEFAULT_RELAY_URL, parseRelayAddress } from './relay-address.ts'
import { parseSite } from './site-address.ts'

/** The shape of what is stored; a later one brings its step in `migrateSettings`. */
export const SETTINGS_VERSION = 2

/** More than a person lists by hand; the list is read for every picture. */
const MAX_SITES = 500

const relayUrl = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const address = parseRelayAddress(dataset.value)
    if (address.ok) return address.url
    addIssue()
    return NEVER
  }),
)
/** A list that cannot be read whole keeps what can be: no site is shown because another one was mistyped. */
const sites = v.pipe(
  v.array(v.unknown()),
  v.transform((entries) => [...new Set(entries.flatMap(siteOf))].slice(0, MAX_SITES)),
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
    silenceMs: amount(200, 4000, 500),
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
    excludedSites: v.fallback(sites, []),
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

/** Brings what an older version stored to the shape of this one; what it cannot read it hands on. */
export function migrateSettings(old: unknown, version: number): unknown {
  return version < 2 ? grouped(old) : old
}

/** Version 1 had the treatment of sound as `audio` and the size of the captions by itself. */
function grouped(first: unknown): unknown {
  if (typeof first !== 'object' || first === null) return first
  const { audio, captionScale, ...rest } = first as Readonly<Record<string, unknown>>
  return { ...rest, microphone: audio, captions: { scale: captionScale } }
}

function siteOf(entry: unknown): string[] {
  const site = typeof entry === 'string' ? parseSite(entry) : undefined
  return site?.ok === true ? [site.host] : []
}
