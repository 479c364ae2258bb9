import { JitterBuffer } from './jitter-buffer.ts'
import { LevelGuard } from './level-guard.ts'
import { PLAYBACK_PROCESSOR, type PlaybackCommand, type PlaybackReport } from './playback-messages.ts'

/** Defines the processor that plays speech, in the audio thread; one output, mono, in a context of 24 kHz. */
export function registerPlaybackProcessor(): void {
  registerProcessor(
    PLAYBACK_PROCESSOR,
    class extends AudioWorkletProcessor {
      readonly #guard = new LevelGuard()
      readonly #buffer = new JitterBuffer({
        // What is told of a block is true at its end.
        onPlayed: (played) => this.#report({ type: 'played', atFrame: currentFrame + this.#blockSamples, ...played }),
        onLeft: (left) => this.#report({ type: 'left', ...left }),
      })
      #blockSamples = 0

      constructor() {
        super()
        this.port.onmessage = (event: MessageEvent<PlaybackCommand>) => this.#obey(event.data)
      }

      override process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
        const channel = outputs[0]?.[0]
        if (channel === undefined) return true
        this.#blockSamples = channel.length
        this.#buffer.render(channel)
        this.#guard.shape(channel)
        return true
      }

      #report(report: PlaybackReport): void {
        this.port.postMessage(report)
      }

      #obey(command: PlaybackCommand): void {
        switch (command.type) {
          case 'play':
            this.#buffer.push(command.turn, command.positionMs, new Int16Array(command.pcm))
            return
          case 'end':
            this.#buffer.end(command.turn)
            return
          case 'interrupt':
            this.#buffer.interrupt(command.turn)
            return
          case 'leave':
            this.#buffer.leave()
        }
      }
    },
  )
}
