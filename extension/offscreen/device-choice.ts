/** What `enumerateDevices` says of a device, and a track of the one it comes from. */
export type InputDevice = Pick<MediaDeviceInfo, 'deviceId' | 'groupId' | 'kind'>

/** Chrome's name for whatever the system prefers at the moment. */
const SYSTEM_CHOICE = 'default'

/**
 * Whether the microphone in use is still the right one: `reopen` where another one is to be had, `none` where none is left.
 *
 * @param wanted `deviceId` that the person chose; empty: the system's choice
 * @param inUse settings of the track
 */
export function deviceChoice(
  devices: readonly InputDevice[],
  wanted: string,
  inUse: Pick<MediaTrackSettings, 'deviceId' | 'groupId'>,
): 'stay' | 'reopen' | 'none' {
  const inputs = devices.filter(({ kind }) => kind === 'audioinput')
  if (inputs.length === 0) return 'none'
  const isWantedBack = wanted !== inUse.deviceId && inputs.some(({ deviceId }) => deviceId === wanted)
  const present = inputs.find(({ deviceId }) => deviceId === inUse.deviceId)
  // The system's choice keeps its name when it becomes another device; a track stays with the old one.
  const isOther =
    present?.deviceId === SYSTEM_CHOICE && inUse.groupId !== undefined && present.groupId !== inUse.groupId
  return isWantedBack || present === undefined || isOther ? 'reopen' : 'stay'
}
