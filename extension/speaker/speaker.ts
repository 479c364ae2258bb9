import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { OutputDevice } from './output-device.ts'
import { type LeftOff, PLAYBACK_PROCESSOR, type PlaybackCommand, type PlaybackReport } from './playback-messages.ts'
import { PositionClock } from './position-clock.ts'
import { serveSpeechTap } from './speech-tap.ts'

/** Built from `entrypoints/playback-worklet.ts`; one file serves the side panel and the offscreen document. */
const PLAYBACK_WORKLET = '/playback-worklet.js'

/** A fade and a render block or two, ms. */
const CLOSING_SLACK_MS = 20

/** A step of the volume would click; this far a gain moves in a moment, s. */
const VOLUME_GLIDE_S = 0.015

export interface SpeakerOptions {
  /** The context to play in; one of the speaker's own, at 24 kHz, when absent. */
  readonly context?: AudioContext
  /**
   * How far a turn was heard: when it begins or goes on, five times a second while it plays, at its end, and as the answer
   * to every `interrupt`.
   *
   * @param playedMs position in the turn after the last sample that was heard, ms. While it plays, what the device has not
   *   given out yet is taken off; at the end it is not: it will still be heard
   * @param ended nothing more of this turn will be played
   */
  readonly onPlayed: (turn: number, playedMs: number, ended: boolean) => void
  /** Chrome holds the sound back until the page was clicked (`true`), or lets it through (`false`); see `resume`. */
  readonly onBlocked?: (blocked: boolean) => void
  /** The chosen device is not there and the system's is used (`true`), or it is there again (`false`). */
  readonly onDeviceMissing?: (missing: boolean) => void
}

/** How a person wants to hear answers. */
export interface SpeakerUse {
  /** As `enumerateDevices` tells it; empty: the system's choice. */
  readonly deviceId: string
  /** 0–1 */
  readonly volume: number
  /** Speech runs at its own pace, and nobody hears it. */
  readonly captionsOnly: boolean
}

/** Plays the speech of a conversation: in the side panel or, while that is closed, in the offscreen document. */
export interface Speaker {
  /**
   * Appends speech to a turn. Turns play one after the other, in the order of their first samples.
   *
   * @param positionMs position of the first sample in the turn, ms
   * @param pcm PCM16 mono little-endian 24 kHz; given away: it must not be used afterwards
   */
  play(turn: number, positionMs: number, pcm: ArrayBuffer): void
  /** Says that the turn is complete: it ends with its last sample instead of waiting for more. */
  end(turn: number): void
  /** Falls silent within a few milliseconds and forgets this turn and those before it; `onPlayed` answers what was heard. */
  interrupt(turn: number): void
  /** Falls silent at the next pause between words and forgets what is left; to the sample there another page goes on. */
  leave(): Promise<LeftOff>
  /**
   * Falls silent now, for good: the page goes away. What the device had not given out yet is lost with it.
   *
   * @returns how far it was heard, within a render block (5 ms)
   */
  breakOff(): LeftOff
  /** Takes effect at once. */
  use(use: SpeakerUse): void
  /** Lets the sound through; called from a click when `onBlocked(true)` came. */
  resume(): void
  /** What goes to the output, after the volume: an AnalyserNode connected here sees its level. */
  tap(): AudioNode
  /** Falls silent and gives the output device back. */
  close(): Promise<void>
}

/** Opens the output. Speech may be played at once: it is kept until the audio thread is ready. */
export function createSpeaker(options: SpeakerOptions): Speaker {
  const context = options.context ?? new AudioContext({ sampleRate: SPEECH_RATE_HZ, latencyHint: 'interactive' })
  const closing = new AbortController()
  const { signal } = closing
  const volume = new GainNode(context)
  volume.connect(context.destination)
  const device = new OutputDevice(context, (missing) => options.onDeviceMissing?.(missing), signal)
  const clock = new PositionClock()
  const leaving: ((left: LeftOff) => void)[] = []

  function take(report: PlaybackReport): void {
    if (signal.aborted) return
    if (report.type === 'left') {
      for (const answer of leaving.splice(0)) answer({ turn: report.turn, playedMs: report.playedMs })
      return
    }
    clock.told(report)
    const { turn, playedMs, ended } = report
    options.onPlayed(turn, ended ? playedMs : Math.max(0, playedMs - latencyMsOf(context)), ended)
  }

  const ready = openPlayback(context, volume, take)
  serveSpeechTap(volume, ready, signal)

  // A new context is suspended for a moment while it starts; with its worklet loaded, only Chrome's autoplay rule holds it.
  const tellBlocked = () => options.onBlocked?.(context.state === 'suspended')
  void ready.then(tellBlocked)
  context.addEventListener('statechange', tellBlocked, { signal })

  /** Promises keep their order, so commands reach the audio thread as they were given. */
  function command(message: PlaybackCommand, transfer: Transferable[] = []): void {
    void ready.then((node) => {
      if (!signal.aborted) node.port.postMessage(message, transfer)
    })
  }

  return {
    play(turn, positionMs, pcm) {
      clock.given(turn, positionMs + pcmDurationMs(pcm.byteLength, SPEECH_RATE_HZ))
      command({ type: 'play', turn, positionMs, pcm }, [pcm])
    },
    end: (turn) => command({ type: 'end', turn }),
    interrupt: (turn) => command({ type: 'interrupt', turn }),
    leave: () =>
      new Promise((resolve) => {
        leaving.push(resolve)
        command({ type: 'leave' })
      }),
    breakOff() {
      volume.disconnect()
      return clock.at(Math.round((context.currentTime - latencyMsOf(context) / 1000) * context.sampleRate))
    },
    use({ deviceId, volume: level, captionsOnly }) {
      device.use(deviceId, captionsOnly)
      const gain = captionsOnly ? 0 : Math.min(1, Math.max(0, level))
      volume.gain.setTargetAtTime(gain, context.currentTime, VOLUME_GLIDE_S)
    },
    resume: () => void context.resume(),
    tap: () => volume,
    close: async () => {
      command({ type: 'interrupt', turn: Infinity })
      await ready
      closing.abort()
      // What was given to the device is still to be heard: the end of the last word.
      await new Promise((resolve) => setTimeout(resolve, latencyMsOf(context) + CLOSING_SLACK_MS))
      volume.disconnect()
      if (options.context === undefined) await context.close()
    },
  }
}

/** What the platform says lies between the context and the ear, ms. */
function latencyMsOf(context: AudioContext): number {
  return Number.isFinite(context.outputLatency) ? context.outputLatency * 1000 : 0
}

async function openPlayback(
  context: AudioContext,
  output: AudioNode,
  take: (report: PlaybackReport) => void,
): Promise<AudioWorkletNode> {
  await context.audioWorklet.addModule(PLAYBACK_WORKLET)
  const node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, { numberOfInputs: 0, outputChannelCount: [1] })
  node.port.onmessage = (event: MessageEvent<PlaybackReport>) => take(event.data)
  node.connect(output)
  return node
}
