import { browser } from 'wxt/browser'
import { storage } from 'wxt/utils/storage'
import { type ManagedSettings, withManaged, withoutManaged } from './managed-settings.ts'
import { type Fields, differences, isFields, overlay, type SettingsChange } from './setting-fields.ts'
import { migrateSettings, parseSettings, type Settings, SETTINGS_VERSION } from './settings-schema.ts'

/** `version` is stored beside the value. */
const stored = storage.defineItem<unknown>('local:settings', {
  version: SETTINGS_VERSION,
  migrations: { 2: (first: unknown) => migrateSettings(first, 1) },
})

/** Of all pages of the extension. */
const LOCK = 'aside-settings'

/** What holds: what a person chose, and over it what their organisation set. */
export async function readSettings(): Promise<Settings> {
  return (await readManagedSettings()).settings
}

/** The same, and what of it the organisation set. */
export async function readManagedSettings(): Promise<ManagedSettings> {
  const [own, policy] = await Promise.all([stored.getValue(), readPolicy()])
  return withManaged(parseSettings(own), policy)
}

/** Stores the fields of `change`, keeps the others, and answers what now holds. One change at a time, whichever page asks. */
export function changeSettings(change: SettingsChange): Promise<Settings> {
  return store(async (own) => parseSettings(overlay(own, withoutManaged(change, await readPolicy()))))
}

/** Puts these settings in place of a person's own. @returns what was their own before */
export async function replaceSettings(settings: Settings): Promise<Settings> {
  const replaced: Settings[] = []
  await store((own) => {
    replaced.push(own)
    return settings
  })
  return replaced[0] ?? settings
}

/** What a person chose, whatever their organisation set; a change that is on its way is waited for. */
export function readOwnSettings(): Promise<Settings> {
  return navigator.locks.request(LOCK, { mode: 'shared' }, async () => parseSettings(await stored.getValue()))
}

/** Calls `listener` after every change by any page of the extension or by the organisation, until the signal aborts. */
export function watchSettings(
  listener: (settings: Settings, managed: ManagedSettings) => void,
  signal: AbortSignal,
): void {
  const tell = () => {
    void readManagedSettings().then((managed) => {
      if (!signal.aborted) listener(managed.settings, managed)
    })
  }
  const unwatch = stored.watch(tell)
  browser.storage.managed.onChanged.addListener(tell)
  const forget = () => {
    unwatch()
    browser.storage.managed.onChanged.removeListener(tell)
  }
  signal.addEventListener('abort', forget, { once: true })
}

/** Writes what differs and nothing else: what a newer version stored and this one cannot read stays as it is. */
function store(next: (own: Settings) => Settings | Promise<Settings>): Promise<Settings> {
  return navigator.locks.request(LOCK, async () => {
    const raw = await stored.getValue()
    const own = parseSettings(raw)
    await stored.setValue(overlay(isFields(raw) ? raw : {}, differences(own, await next(own))))
    return readSettings()
  })
}

async function readPolicy(): Promise<Fields> {
  return browser.storage.managed.get()
}
