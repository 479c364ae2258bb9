import { JitterBuffer } from './jitter-buffer.ts'
import { PLAYBACK_PROCESSOR, type PlaybackCommand } from './playback-messages.ts'

/** Defines the processor that plays speech, in the audio thread; one output, mono, in a context of 24 kHz. */
export function registerPlaybackProcessor(): void {
  registerProcessor(
    PLAYBACK_PROCESSOR,
    class extends AudioWorkletProcessor {
      readonly #buffer = new JitterBuffer((played) => this.port.postMessage(played))

      constructor() {
        super()
        this.port.onmessage = (event: MessageEvent<PlaybackCommand>) => this.#obey(event.data)
      }

      override process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
        const channel = outputs[0]?.[0]
        if (channel !== undefined) this.#buffer.render(channel)
        return true
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
        }
      }
    },
  )
}
