declare global {
  /** Where a context's sound goes; TypeScript's DOM library does not know it yet (Chromium since 110). */
  interface AudioContext {
    /** @param sink a device of `enumerateDevices`, '' for the system's choice, or no device at all */
    setSinkId(sink: string | { readonly type: 'none' }): Promise<void>
  }
}

/**
 * Keeps the sound of a context on the device that a person chose, as long as that is there: unplugged, the system's choice
 * takes its place; plugged in again, it comes back.
 */
export class OutputDevice {
  readonly #context: AudioContext
  readonly #onMissing: (missing: boolean) => void
  #wanted = ''
  #silent = false
  #missing = false
  /** One change after another: the newest wish is applied last. */
  #settled: Promise<void> = Promise.resolve()

  /** @param onMissing the chosen device is not there (`true`), or is there again (`false`) */
  constructor(context: AudioContext, onMissing: (missing: boolean) => void, signal: AbortSignal) {
    this.#context = context
    this.#onMissing = onMissing
    navigator.mediaDevices.addEventListener('devicechange', () => this.#wanted !== '' && this.#apply(), { signal })
  }

  /**
   * @param deviceId as `enumerateDevices` tells it; empty: the system's choice
   * @param silent no device at all: the sound runs, and nobody hears it
   */
  use(deviceId: string, silent: boolean): void {
    if (deviceId === this.#wanted && silent === this.#silent) return
    this.#wanted = deviceId
    this.#silent = silent
    this.#apply()
  }

  #apply(): void {
    this.#settled = this.#settled.then(() => this.#route())
  }

  async #route(): Promise<void> {
    if (this.#context.state === 'closed') return
    if (this.#silent) {
      await this.#context.setSinkId({ type: 'none' })
      this.#tell(false)
      return
    }
    // A context keeps the name of a device that is gone, and would take it for settled.
    const isThere = this.#wanted === '' || ((await isConnected(this.#wanted)) && (await this.#take(this.#wanted)))
    if (!isThere || this.#wanted === '') await this.#take('')
    this.#tell(!isThere)
  }

  /** @returns false when the device cannot be had */
  async #take(deviceId: string): Promise<boolean> {
    try {
      await this.#context.setSinkId(deviceId)
      return true
    } catch {
      return false
    }
  }

  #tell(missing: boolean): void {
    if (missing === this.#missing) return
    this.#missing = missing
    this.#onMissing(missing)
  }
}

async function isConnected(deviceId: string): Promise<boolean> {
  const devices = await navigator.mediaDevices.enumerateDevices()
  return devices.some((device) => device.kind === 'audiooutput' && device.deviceId === deviceId)
}
