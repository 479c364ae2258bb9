import { type MicrophoneSettings } from './voice-settings.ts'

/** The chosen device is not there, or somebody else holds it: another one may do. */
const NOT_TO_BE_HAD = ['OverconstrainedError', 'NotFoundError', 'NotReadableError']

/**
 * Asks for the chosen microphone, and for the system's where that cannot be had: who unplugged it still wants to be heard.
 * Chromium takes a device that is only preferred (`ideal`) for no wish at all; so it is demanded, and a refusal expected.
 *
 * @throws what `getUserMedia` throws
 */
export async function askForMicrophone({ deviceId, ...treatment }: MicrophoneSettings): Promise<MediaStream> {
  const audio = { ...treatment, channelCount: 1 }
  const { mediaDevices } = navigator
  if (deviceId === '') return mediaDevices.getUserMedia({ audio })
  try {
    return await mediaDevices.getUserMedia({ audio: { ...audio, deviceId: { exact: deviceId } } })
  } catch (error) {
    if (!isAbsence(error)) throw error
    return mediaDevices.getUserMedia({ audio })
  }
}

/** By its name: not every version makes `OverconstrainedError` an error of the language. */
function isAbsence(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && NOT_TO_BE_HAD.includes(String(error.name))
}
