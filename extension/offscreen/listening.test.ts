import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { Listening } from './listening.ts'
import { type MicrophoneListener } from './microphone-use.ts'
import { type VoiceEvent } from './voice-state.ts'

const OPEN: VoiceSettings = {
  setup: {},
  keepTalking: false,
  talk: { mode: 'open', idlePauseMs: 0, sounds: false },
  microphone: { deviceId: '', echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  speaker: { deviceId: '', volume: 1, captionsOnly: false },
  sight: { width: 1024, quality: 0.7, pace: 'changes' },
}
const HOLD: VoiceSettings = { ...OPEN, talk: { ...OPEN.talk, mode: 'hold' } }

/** Listening that is on, with device and relay in the test's hands. */
async function listen(settings: VoiceSettings) {
  /** What the relay heard, in order: frames by their number, signals by their name. */
  const heard: (number | ClientMessage['type'])[] = []
  const told: VoiceEvent[] = []
  const problems: string[] = []
  const back: boolean[] = []
  const track = { muted: false, closed: false }
  let device: MicrophoneListener | undefined
  let plugIn = () => undefined as unknown
  let frames = 0
  const listening = new Listening({
    microphone: {
      open: (_settings, given, signal) => {
        device = given
        signal.addEventListener('abort', () => (track.closed = true))
        const microphone = { setMuted: (muted: boolean) => (track.muted = muted), change: () => undefined }
        return Promise.resolve({ ok: true, microphone })
      },
      whenBack: () => new Promise((resolve) => (plugIn = () => resolve())),
    },
    line: {
      send: (message) => heard.push(message.type) > 0,
      sendAudio: (_pcm, capturedAtMs) => heard.push(capturedAtMs),
    },
    tell: (event) => told.push(event),
    onLevel: () => undefined,
    onProblem: ({ problem }) => {
      problems.push(problem)
      listening.stop()
    },
    onBack: (expected) => back.push(expected),
  })
  await listening.start(settings)
  return {
    listening,
    heard,
    problems,
    back,
    track,
    newest: <Type extends VoiceEvent['type']>(type: Type) =>
      told.findLast((event): event is Extract<VoiceEvent, { type: Type }> => event.type === type),
    /** The device gives so many frames, numbered from 1. */
    speak: (count: number) => {
      for (let frame = 0; frame < count; frame++) {
        if (track.muted) continue
        device?.onFlow(true)
        device?.onFrame({ pcm: new Uint8Array(1024), capturedAtMs: ++frames, level: 0.1 })
      }
    },
    unplug: () => device?.onLost({ problem: 'microphone-lost', detail: '' }),
    plugIn: async () => {
      plugIn()
      await vi.advanceTimersByTimeAsync(0)
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an open line', () => {
  it('sends everything, and nothing of who is muted', async () => {
    const { listening, heard, track, speak, newest } = await listen(OPEN)
    speak(2)
    expect(newest('microphone')).toMatchObject({ captured: true, sent: true })
    listening.setMuted(true)
    expect(track.muted).toBe(true)
    speak(2)
    listening.toggleMuted()
    speak(1)
    expect(heard).toEqual([1, 2, 'audio.end', 3])
  })

  it('hears who is muted while they hold the key', async () => {
    const { listening, heard, speak, newest } = await listen(OPEN)
    listening.setMuted(true)
    listening.hold(true)
    expect(newest('talk')).toMatchObject({ mode: 'open', held: true })
    speak(1)
    listening.hold(false)
    speak(1)
    expect(heard).toEqual(['audio.end', 1, 'audio.end'])
    expect(newest('muted')?.muted).toBe(true)
  })
})

describe('hold-to-talk', () => {
  it('sends what is said while it is held, with the moment before and the moment after', async () => {
    const { listening, heard, speak, newest } = await listen(HOLD)
    speak(20)
    expect(heard).toEqual([])
    expect(newest('microphone')).toMatchObject({ captured: true, sent: false })
    listening.hold(true)
    expect(newest('microphone')).toMatchObject({ captured: true, sent: true })
    speak(2)
    listening.hold(false)
    speak(1)
    vi.advanceTimersByTime(1000)
    speak(3)
    expect(heard).toEqual(['activity.start', 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 'activity.end', 'audio.end'])
    expect(newest('microphone')).toMatchObject({ captured: true, sent: false })
  })

  it('sends nothing from before a microphone stalled: the sign was out since', async () => {
    const { listening, heard, speak } = await listen(HOLD)
    speak(20)
    vi.advanceTimersByTime(1000)
    listening.hold(true)
    speak(1)
    expect(heard).toEqual(['activity.start', 21])
  })

  it('goes on with one turn when it is held again before the last syllable has left', async () => {
    const { listening, heard, speak } = await listen(HOLD)
    listening.hold(true)
    speak(1)
    listening.hold(false)
    listening.hold(true)
    vi.advanceTimersByTime(1000)
    speak(1)
    expect(heard).toEqual(['activity.start', 1, 2])
  })

  it('lets go when listening ends, and has nothing to mute', async () => {
    const { listening, heard, track, speak } = await listen(HOLD)
    listening.setMuted(true)
    expect(track.muted).toBe(false)
    listening.hold(true)
    speak(1)
    listening.stop()
    expect(heard).toEqual(['activity.start', 1, 'activity.end', 'audio.end', 'audio.end'])
    expect(track.closed).toBe(true)
    vi.advanceTimersByTime(1000)
    expect(heard).toHaveLength(5)
  })

  it('can be begun and finished by a key that knows no letting go', async () => {
    const { listening, heard, speak } = await listen(HOLD)
    listening.toggleMuted()
    speak(1)
    listening.toggleMuted()
    vi.advanceTimersByTime(1000)
    expect(heard).toEqual(['activity.start', 1, 'activity.end', 'audio.end'])
  })

  it('can be chosen, and left, while it listens', async () => {
    const { listening, heard, speak, newest } = await listen(OPEN)
    listening.setMuted(true)
    listening.apply(HOLD)
    expect([newest('talk'), newest('muted')]).toMatchObject([{ mode: 'hold', held: false }, { muted: false }])
    listening.hold(true)
    speak(1)
    listening.apply(OPEN)
    speak(1)
    expect(heard).toEqual(['audio.end', 'activity.start', 1, 'activity.end', 'audio.end', 2])
  })
})

describe('a microphone that is gone', () => {
  it('is expected back soon, and not after a while', async () => {
    const soon = await listen(OPEN)
    soon.unplug()
    expect([soon.problems, soon.track.closed]).toEqual([['microphone-lost'], true])
    await soon.plugIn()
    expect(soon.back).toEqual([true])

    const late = await listen(OPEN)
    late.unplug()
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    await late.plugIn()
    expect(late.back).toEqual([false])
  })

  it('is not waited for by who stopped, or listens again', async () => {
    const { listening, unplug, plugIn, back } = await listen(OPEN)
    unplug()
    listening.stop()
    await plugIn()
    expect(back).toEqual([])
  })
})
