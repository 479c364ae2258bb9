import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { i18n } from '#i18n'
import { useLifetime } from '../use-lifetime.ts'

export interface Devices {
  /** Chrome tells devices apart only once the microphone is allowed. */
  readonly named: boolean
  readonly microphones: readonly Device[]
  readonly speakers: readonly Device[]
}

interface Device {
  readonly value: string
  readonly label: string
}

/** Chrome's names for "whatever the system uses", which is a choice of its own here. */
const PSEUDO_DEVICES: readonly string[] = ['', 'default', 'communications']

/** The devices that are connected now; follows plugs, permissions and the person coming back. */
export function useDevices(): Readonly<ShallowRef<Devices>> {
  const devices = shallowRef<Devices>({ named: false, microphones: [], speakers: [] })
  const lifetime = useLifetime()
  const look = () => {
    void navigator.mediaDevices.enumerateDevices().then((all) => {
      const real = all.filter(({ deviceId }) => !PSEUDO_DEVICES.includes(deviceId))
      devices.value = {
        named: all.some(({ label }) => label !== ''),
        microphones: devicesOf(real, 'audioinput', (n) => i18n.t('options.device.microphone', [n])),
        speakers: devicesOf(real, 'audiooutput', (n) => i18n.t('options.device.speaker', [n])),
      }
    })
  }
  navigator.mediaDevices.addEventListener('devicechange', look, { signal: lifetime })
  addEventListener('focus', look, { signal: lifetime })
  void navigator.permissions.query({ name: 'microphone' }).then((permission) => {
    permission.addEventListener('change', look, { signal: lifetime })
  })
  look()
  return shallowReadonly(devices)
}

/** What can be chosen: the system's choice, the devices, and the one that was chosen and is not there. */
export function deviceChoices(devices: readonly Device[], chosen: string): readonly Device[] {
  const usual = { value: '', label: i18n.t('options.device.usual') }
  const isThere = chosen === '' || devices.some(({ value }) => value === chosen)
  return [usual, ...devices, ...(isThere ? [] : [{ value: chosen, label: i18n.t('options.device.gone') }])]
}

function devicesOf(
  all: readonly MediaDeviceInfo[],
  kind: MediaDeviceKind,
  unnamed: (number: string) => string,
): readonly Device[] {
  return all
    .filter((device) => device.kind === kind)
    .map(({ deviceId, label }, index) => ({
      value: deviceId,
      label: label === '' ? unnamed(String(index + 1)) : label,
    }))
}
