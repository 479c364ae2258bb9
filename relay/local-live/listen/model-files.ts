/** Where the three models and the WASM runtime lie; every one comes with an npm package, nothing is downloaded. */
export interface ModelFiles {
  /** Moonshine tiny, English, quantized (MIT): 16 kHz samples → hidden states. */
  readonly encoder: URL
  /** Moonshine tiny: hidden states and tokens so far → next token, with and without a cache in one graph. */
  readonly decoder: URL
  /** Silero voice detection v5 (MIT). */
  readonly voice: URL
  readonly runtime: URL
}

/** @throws when a package is not installed */
export function findModelFiles(): ModelFiles {
  // The package exports its entry alone, so the models beside it are found from there.
  const moonshine = import.meta.resolve('@moonshine-ai/moonshine-js')
  return {
    encoder: new URL('./model/tiny/quantized/encoder_model.onnx', moonshine),
    decoder: new URL('./model/tiny/quantized/decoder_model_merged.onnx', moonshine),
    voice: new URL(import.meta.resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx')),
    runtime: new URL(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')),
  }
}
