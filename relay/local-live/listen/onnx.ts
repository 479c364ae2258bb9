import { readFile } from 'node:fs/promises'
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'

export { InferenceSession, Tensor }

/**
 * Prepares the WASM runtime; call once before the first session.
 * One thread: two were slower on two busy cores (docs/adr/0005-local-speech.md).
 */
export async function prepareRuntime(wasm: URL): Promise<void> {
  env.wasm.numThreads = 1
  const bytes = await readFile(wasm)
  env.wasm.wasmBinary = new Uint8Array(bytes).buffer
}

/** @throws when the file cannot be read or is no model */
export async function openModel(file: URL): Promise<InferenceSession> {
  return InferenceSession.create(await readFile(file))
}

/** @throws when the model did not give `name` */
export function outputOf(outputs: InferenceSession.OnnxValueMapType, name: string): Tensor {
  const value = outputs[name]
  if (!(value instanceof Tensor)) throw new Error(`the model gave no ${name}`)
  return value
}
