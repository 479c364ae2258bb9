/** The globals of an audio thread that our processors use; TypeScript's DOM library leaves them out. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort
  /** @returns whether the processor is to live on without input */
  abstract process(inputs: readonly (readonly Float32Array[])[], outputs: readonly (readonly Float32Array[])[]): boolean
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void
/** Index of the first sample of the present block, since the context began. */
declare const currentFrame: number
/** Hz. */
declare const sampleRate: number
