import { ref, type Ref, shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { askForMicrophone } from '../messaging/ask-for-microphone.ts'
import { type MicrophoneSettings } from '../messaging/voice-settings.ts'
import { analyserLevel } from './analyser-level.ts'
import { type MicrophoneStep, stepAfterFailure, stepAfterPermission } from './microphone-step.ts'
import { useLifetime } from './use-lifetime.ts'

/** A test that was forgotten must not leave the microphone on, ms. */
const TEST_MS = 60_000
/** How loud and how long a voice has to be to count as heard; a click of the mouse is neither. */
const HEARD_LEVEL = 0.35
const HEARD_MS = 400
const HEARD_POLL_MS = 50

export interface MicrophoneTest {
  readonly step: Readonly<ShallowRef<MicrophoneStep>>
  /** A voice came through. */
  readonly heard: Readonly<Ref<boolean>>
  /** Loudness now, 0–1. */
  readonly level: () => number
  /** Opens the microphone, asking the person when Chrome has not yet. */
  readonly open: () => Promise<void>
  readonly release: () => void
}

/** Leads to a microphone that is heard, and lets it go afterwards: it is on during the test and at no other time. */
export function useMicrophoneTest(settings: () => MicrophoneSettings): MicrophoneTest {
  const lifetime = useLifetime()
  const step = shallowRef<MicrophoneStep>({ name: 'prompt' })
  const heard = ref(false)
  let opened: OpenMicrophone | undefined

  const close = () => {
    opened?.close()
    opened = undefined
  }
  const release = () => {
    if (step.value.name !== 'live') return
    close()
    step.value = { name: 'allowed' }
  }
  const takePermission = (permission: PermissionState) => {
    step.value = stepAfterPermission(permission, step.value)
    if (step.value.name !== 'live') close()
  }
  const open = async () => {
    if (step.value.name === 'asking' || step.value.name === 'live') return
    step.value = { name: 'asking' }
    try {
      opened = await openMicrophone(settings())
      opened.track.addEventListener('ended', () => {
        close()
        step.value = { name: 'missing' }
      })
      step.value = { name: 'live', device: opened.track.label }
      watchFor(opened, { heard: () => (heard.value = true), timeUp: release })
    } catch (error) {
      const name = error instanceof DOMException ? error.name : 'unknown'
      step.value = stepAfterFailure(name, (await microphonePermission()).state)
    }
  }

  void microphonePermission().then((permission) => {
    takePermission(permission.state)
    permission.addEventListener('change', () => takePermission(permission.state), { signal: lifetime })
  })
  navigator.mediaDevices.addEventListener(
    'devicechange',
    () => {
      if (step.value.name === 'missing') void open()
    },
    { signal: lifetime },
  )
  document.addEventListener('visibilitychange', () => document.hidden && release(), { signal: lifetime })
  lifetime.addEventListener('abort', close)

  return {
    step: shallowReadonly(step),
    heard,
    level: () => (opened === undefined ? 0 : analyserLevel(opened.analyser)),
    open,
    release,
  }
}

interface OpenMicrophone {
  readonly track: MediaStreamTrack
  readonly analyser: AnalyserNode
  readonly closed: AbortSignal
  close(): void
}

async function openMicrophone(settings: MicrophoneSettings): Promise<OpenMicrophone> {
  const stream = await askForMicrophone(settings)
  const [track] = stream.getAudioTracks()
  if (track === undefined) throw new DOMException('no audio track', 'NotFoundError')
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 })
  new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser)
  const life = new AbortController()
  return {
    track,
    analyser,
    closed: life.signal,
    close() {
      life.abort()
      track.stop()
      void context.close()
    },
  }
}

function watchFor(microphone: OpenMicrophone, tell: { readonly heard: () => void; readonly timeUp: () => void }): void {
  let loudMs = 0
  const poll = setInterval(() => {
    if (analyserLevel(microphone.analyser) >= HEARD_LEVEL) loudMs += HEARD_POLL_MS
    if (loudMs >= HEARD_MS) tell.heard()
  }, HEARD_POLL_MS)
  const timer = setTimeout(tell.timeUp, TEST_MS)
  microphone.closed.addEventListener('abort', () => {
    clearInterval(poll)
    clearTimeout(timer)
  })
}

function microphonePermission(): Promise<PermissionStatus> {
  return navigator.permissions.query({ name: 'microphone' })
}
