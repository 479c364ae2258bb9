import { type RelayFound } from '../../messaging/messages.ts'
import { overlay } from '../../settings/setting-fields.ts'
import { type Settings } from '../../settings/settings-schema.ts'

export interface Surroundings {
  readonly extension: string
  readonly browser: string
  readonly language: string
  /** What answers at the relay's address, if anything does. */
  readonly relay: Pick<RelayFound, 'version' | 'brain' | 'engine' | 'pairing' | 'ms'> | undefined
  readonly microphone: PermissionState
  readonly devices: { readonly microphones: number; readonly speakers: number }
  readonly allowedSites: number
  readonly shortcuts: Readonly<Record<string, string>>
}

/**
 * What helps who reads a report, as JSON: no word a person said or wrote, no address they use, nothing that lets anybody
 * in. Of texts and lists only the length is told. Pure.
 */
export function diagnosticsOf(settings: Settings, { relay, ...surroundings }: Surroundings): string {
  const told = overlay(settings, {
    relayUrl: /^https?:\/\/(127\.0\.0\.1|localhost)(:|$)/.test(settings.relayUrl) ? 'this machine' : 'elsewhere',
    voice: { persona: `${settings.voice.persona.length} characters` },
    microphone: { deviceId: chosen(settings.microphone.deviceId) },
    speaker: { deviceId: chosen(settings.speaker.deviceId) },
    sight: { excludedSites: `${settings.sight.excludedSites.length} sites` },
  })
  return JSON.stringify(
    { ...surroundings, relay: relay === undefined ? 'no answer' : named(relay), settings: told },
    undefined,
    2,
  )
}

function chosen(deviceId: string): string {
  return deviceId === '' ? 'system' : 'chosen'
}

function named({ version, brain, engine, pairing, ms }: NonNullable<Surroundings['relay']>): object {
  return { version, brain, engine, pairing, ms }
}
