import { describe, expect, it } from 'vitest'
import { deviceChoice, type InputDevice } from './device-choice.ts'

const input = (deviceId: string, groupId = `group of ${deviceId}`): InputDevice => ({
  kind: 'audioinput',
  deviceId,
  groupId,
})
const BUILT_IN = input('built-in')
const HEADSET = input('headset')
const SPEAKER: InputDevice = { kind: 'audiooutput', deviceId: 'speaker', groupId: 's' }
const SYSTEM = input('default', BUILT_IN.groupId)

describe('deviceChoice', () => {
  it('stays with the device that was chosen, and with the system’s where none was', () => {
    expect(deviceChoice([SYSTEM, BUILT_IN, HEADSET], 'headset', HEADSET)).toBe('stay')
    expect(deviceChoice([SYSTEM, BUILT_IN], '', SYSTEM)).toBe('stay')
  })

  it('goes on with another device when the one in use is gone', () => {
    expect(deviceChoice([SYSTEM, BUILT_IN], 'headset', HEADSET)).toBe('reopen')
    expect(deviceChoice([BUILT_IN], '', HEADSET)).toBe('reopen')
  })

  it('stays with the substitute, and returns to the chosen device when that is back', () => {
    expect(deviceChoice([SYSTEM, BUILT_IN], 'headset', SYSTEM)).toBe('stay')
    expect(deviceChoice([SYSTEM, BUILT_IN, HEADSET], 'headset', SYSTEM)).toBe('reopen')
  })

  it('follows the system when its choice becomes another device', () => {
    expect(deviceChoice([input('default', HEADSET.groupId), BUILT_IN, HEADSET], '', SYSTEM)).toBe('reopen')
    expect(deviceChoice([SYSTEM, BUILT_IN], '', { deviceId: 'default' })).toBe('stay')
  })

  it('has none when nothing that hears is left', () => {
    expect(deviceChoice([SPEAKER], 'headset', HEADSET)).toBe('none')
    expect(deviceChoice([], '', SYSTEM)).toBe('none')
  })
})
