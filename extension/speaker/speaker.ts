import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { PLAYBACK_PROCESSOR, type PlaybackCommand, type Played } from './playback-messages.ts'
import { serveSpeechTap } from './speech-tap.ts'

/** Built from `entrypoints/playback-worklet.ts`; one file serves the side panel and the offscreen document. */
const PLAYBACK_WORKLET = '/playback-worklet.js'

export interface SpeakerOptions {
  /** The context to play in; one of the speaker's own, at 24 kHz, when absent. */
  readonly context?: AudioContext
  /**
   * How far a turn was heard: five times a second while it plays, at its end, and as the answer to every `interrupt`.
   *
   * @param playedMs position in the turn after the last sample that went to the output, ms
   * @param ended nothing more of this turn will be played
   */
  readonly onPlayed: (turn: number, playedMs: number, ended: boolean) => void
  /** Chrome holds the sound back until the page was clicked (`true`), or lets it through (`false`); see `resume`. */
  readonly onBlocked?: (blocked: boolean) => void
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
  /** @param volume 0 to 1 */
  setVolume(volume: number): void
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
  const volume = new GainNode(context)
  volume.connect(context.destination)

  const ready = openPlayback(context, volume, ({ turn, playedMs, ended }) => options.onPlayed(turn, playedMs, ended))
  serveSpeechTap(volume, ready, closing.signal)

  // A new context is suspended for a moment while it starts; with its worklet loaded, only Chrome's autoplay rule holds it.
  const tellBlocked = () => options.onBlocked?.(context.state === 'suspended')
  void ready.then(tellBlocked)
  context.addEventListener('statechange', tellBlocked, { signal: closing.signal })

  /** Promises keep their order, so commands reach the audio thread as they were given. */
  function command(message: PlaybackCommand, transfer: Transferable[] = []): void {
    void ready.then((node) => {
      if (!closing.signal.aborted) node.port.postMessage(message, transfer)
    })
  }

  return {
    play: (turn, positionMs, pcm) => command({ type: 'play', turn, positionMs, pcm }, [pcm]),
    end: (turn) => command({ type: 'end', turn }),
    interrupt: (turn) => command({ type: 'interrupt', turn }),
    setVolume: (value) => {
      volume.gain.value = Math.min(1, Math.max(0, value))
    },
    resume: () => void context.resume(),
    tap: () => volume,
    close: async () => {
      closing.abort()
      volume.disconnect()
      if (options.context === undefined) await context.close()
    },
  }
}

async function openPlayback(
  context: AudioContext,
  output: AudioNode,
  onPlayed: (played: Played) => void,
): Promise<AudioWorkletNode> {
  await context.audioWorklet.addModule(PLAYBACK_WORKLET)
  const node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, { numberOfInputs: 0, outputChannelCount: [1] })
  node.port.onmessage = (event: MessageEvent<Played>) => onPlayed(event.data)
  node.connect(output)
  return node
}
