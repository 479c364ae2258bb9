import { type ShallowRef, shallowReadonly, shallowRef } from 'vue'
import { type MicrophoneStep, stepAfterFailure, stepAfterPermission } from './microphone-step.ts'
import { useLifetime } from './use-lifetime.ts'

/** A test that was forgotten must not leave the camera on, ms. */
const TEST_MS = 30_000

export interface CameraTest {
  /** Where the person stands; a camera is allowed, refused and missing as a microphone is. */
  readonly step: Readonly<ShallowRef<MicrophoneStep>>
  /** What it sees, while it is on. */
  readonly stream: Readonly<ShallowRef<MediaStream | undefined>>
  /** Opens the camera, asking the person when Chrome has not yet. */
  readonly open: () => Promise<void>
  readonly release: () => void
}

/** Leads to a camera that may be shown, and lets it go afterwards: it is on during the test and at no other time. */
export function useCameraTest(): CameraTest {
  const lifetime = useLifetime()
  const step = shallowRef<MicrophoneStep>({ name: 'prompt' })
  const stream = shallowRef<MediaStream>()

  const close = () => {
    for (const track of stream.value?.getTracks() ?? []) track.stop()
    stream.value = undefined
  }
  const release = () => {
    close()
    if (step.value.name === 'live') step.value = { name: 'allowed' }
  }
  const takePermission = (permission: PermissionState) => {
    step.value = stepAfterPermission(permission, step.value)
    if (step.value.name !== 'live') close()
  }
  const open = async () => {
    if (step.value.name === 'asking' || step.value.name === 'live') return
    step.value = { name: 'asking' }
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ video: true })
      const [track] = opened.getVideoTracks()
      track?.addEventListener('ended', () => {
        close()
        step.value = { name: 'missing' }
      })
      stream.value = opened
      step.value = { name: 'live', device: track?.label ?? '' }
      setTimeout(() => stream.value === opened && release(), TEST_MS)
    } catch (error) {
      const name = error instanceof DOMException ? error.name : 'unknown'
      step.value = stepAfterFailure(name, (await cameraPermission()).state)
    }
  }

  void cameraPermission().then((permission) => {
    takePermission(permission.state)
    permission.addEventListener('change', () => takePermission(permission.state), { signal: lifetime })
  })
  document.addEventListener('visibilitychange', () => document.hidden && release(), { signal: lifetime })
  lifetime.addEventListener('abort', close)

  return { step: shallowReadonly(step), stream, open, release }
}

function cameraPermission(): Promise<PermissionStatus> {
  return navigator.permissions.query({ name: 'camera' })
}
