import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SESSION_READY } from '../../shared/client/scripted-socket.ts'
import { type SocketEvents } from '../../shared/client/socket-port.ts'
import { decodeMediaFrame } from '../../shared/protocol/media-frame.ts'
import { type VoiceStart } from '../messaging/messages.ts'
import { voiceView } from '../ui/voice-view.ts'
import { type MicrophoneListener } from './microphone-use.ts'
import { VoiceSession } from './voice-session.ts'

const FRAME_MS = 32
/** As the microphone has it: looked at this often, and none since the last look means that nothing is captured. */
const STALL_MS = 1000
/** With hold-to-talk, so much from before the finger came is sent too (`listening.ts`). */
const PRE_ROLL_MS = 8 * FRAME_MS

const START: VoiceStart = {
  setup: {},
  keepTalking: true,
  talk: { mode: 'open', idlePauseMs: 0, sounds: false },
  microphone: { deviceId: '', echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  speaker: { deviceId: '', volume: 1, captionsOnly: false },
  sight: { width: 1024, quality: 0.7, pace: 'changes' },
  extensionVersion: '0',
  panelWindow: 1,
}

/** A microphone that keeps the contract of the real one: a frame every 32 ms while it is open, not muted and not stalled. */
class ModelMicrophone {
  stalled = false
  #listener: MicrophoneListener | undefined
  #muted = false
  #flowing = false
  #framesSinceLook = 0

  constructor() {
    setInterval(() => this.#frame(), FRAME_MS)
    setInterval(() => {
      if (this.#framesSinceLook === 0) this.#flow(false)
      this.#framesSinceLook = 0
    }, STALL_MS)
  }

  readonly open: ConstructorParameters<typeof VoiceSession>[0]['microphone']['open'] = (
    _settings,
    listener,
    signal,
  ) => {
    this.#listener = listener
    this.#muted = false
    signal.addEventListener('abort', () => {
      this.#flow(false)
      if (this.#listener === listener) this.#listener = undefined
    })
    const setMuted = (muted: boolean) => {
      this.#muted = muted
      if (muted) this.#flow(false)
    }
    return Promise.resolve({ ok: true, microphone: { setMuted, change: () => undefined } })
  }

  unplug(): void {
    const listener = this.#listener
    this.#flow(false)
    this.#listener = undefined
    listener?.onLost({ problem: 'microphone-lost', detail: '' })
  }

  #frame(): void {
    if (this.#listener === undefined || this.#muted || this.stalled) return
    this.#framesSinceLook++
    this.#listener.onFrame({ pcm: new Uint8Array(1024), capturedAtMs: Date.now() - FRAME_MS, level: 0.1 })
    this.#flow(true)
  }

  #flow(flowing: boolean): void {
    if (this.#flowing === flowing) return
    this.#flowing = flowing
    this.#listener?.onFlow(flowing)
  }
}

/** What left, by capture time, and when the sign was lit; ms of the test's clock. */
function openWatchedSession() {
  const captured: number[] = []
  const signs: { fromMs: number; toMs: number }[] = []
  const microphone = new ModelMicrophone()
  let socket: SocketEvents | undefined
  let lit = false
  const session = new VoiceSession({
    background: {
      getTicket: () => Promise.resolve({ ticket: 't', url: 'ws://127.0.0.1/v1/live' }),
      captureTab: () => Promise.resolve({ ok: false, code: 'tab-not-in-front', message: '' }),
      checkTab: () => Promise.resolve({ ok: false, code: 'tab-not-in-front', message: '' }),
      runTool: () => Promise.resolve({ ok: false, code: 'none', message: '' }),
      showStatus: () => Promise.resolve(),
    },
    microphone: { open: microphone.open, whenBack: () => new Promise(() => undefined) },
    encoder: { encode: () => Promise.reject(new Error('no pictures here')) },
    openSocket: (_url, _protocols, events) => {
      socket = events
      queueMicrotask(() => events.onOpen())
      return {
        bufferedAmount: 0,
        send: (data) => {
          if (typeof data === 'string') {
            if (data.includes('session.start')) queueMicrotask(() => events.onText(JSON.stringify(SESSION_READY)))
            return
          }
          const frame = decodeMediaFrame(data)
          if (typeof frame !== 'string' && frame.kind === 'microphone') captured.push(frame.timeMs)
        },
        close: () => undefined,
      }
    },
    openSpeaker: () => {
      throw new Error('nobody speaks')
    },
    post: () => undefined,
    onState: (state) => {
      const { heard } = voiceView(state, 'none')
      if (heard && !lit) signs.push({ fromMs: Date.now(), toMs: Infinity })
      else if (!heard && lit) signs.at(-1)!.toMs = Date.now()
      lit = heard
    },
  })
  return { session, microphone, captured, signs, drop: () => socket?.onClose(1006, '') }
}

type Watched = ReturnType<typeof openWatchedSession>

const ACTS = {
  start: ({ session }: Watched) => session.start(START),
  startHeld: ({ session }: Watched) => session.start({ ...START, talk: { ...START.talk, mode: 'hold' } }),
  stop: ({ session }: Watched) => session.stop(),
  forget: ({ session }: Watched) => session.stop('forgotten'),
  mute: ({ session }: Watched) => session.setMuted(true),
  unmute: ({ session }: Watched) => session.setMuted(false),
  press: ({ session }: Watched) => session.hold(true),
  letGo: ({ session }: Watched) => session.hold(false),
  // Not with hold-to-talk: what is kept from before the finger came is counted in frames, and grows old in a stall.
  stall: ({ microphone, session }: Watched) => (microphone.stalled = session.state.talk.mode === 'open'),
  goOn: ({ microphone }: Watched) => (microphone.stalled = false),
  unplug: ({ microphone }: Watched) => microphone.unplug(),
  drop: ({ drop }: Watched) => drop(),
} as const

const steps = fc.array(
  fc.record({
    act: fc.constantFrom(...(Object.keys(ACTS) as (keyof typeof ACTS)[])),
    thenMs: fc.integer({ min: 0, max: 2500 }),
  }),
  { maxLength: 12 },
)

describe('the sign', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is lit whenever sound that leaves is captured, and out soon after none is', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (acts) => {
        const watched = openWatchedSession()
        watched.session.panelOpened(1, true)
        for (const { act, thenMs } of acts) {
          ACTS[act](watched)
          await vi.advanceTimersByTimeAsync(thenMs)
        }
        const endMs = Date.now()
        const { captured, signs } = watched
        for (const atMs of captured) {
          const isLit = signs.some(({ fromMs, toMs }) => fromMs <= atMs + PRE_ROLL_MS + 2 * FRAME_MS && toMs >= atMs)
          expect(isLit, `sound of ${atMs}, signs ${JSON.stringify(signs)}`).toBe(true)
        }
        for (const { fromMs, toMs } of signs) {
          const until = Math.min(toMs, endMs)
          const during = captured
            .filter((atMs) => atMs >= fromMs - 2 * FRAME_MS && atMs <= until)
            .toSorted((a, b) => a - b)
          const moments = [fromMs, ...during, until]
          const longest = Math.max(...moments.slice(1).map((moment, index) => moment - moments[index]!))
          // Frames that could not be sent yet wait for the relay: the sign says that the microphone is heard, not where.
          if (watched.session.state.status.name !== 'reconnecting')
            expect(longest).toBeLessThanOrEqual(2 * STALL_MS + FRAME_MS)
        }
        vi.clearAllTimers()
      }),
      {
        numRuns: 40,
        // Let go before the first frame came: the last syllable is sent, and the sign has to say so.
        examples: [
          [
            [
              { act: 'startHeld', thenMs: 0 },
              { act: 'press', thenMs: 0 },
              { act: 'letGo', thenMs: 32 },
            ],
          ],
        ],
      },
    )
  })
})
