/** Where a context's sound goes; TypeScript's DOM library does not know it yet (Chromium since 110). */
interface AudioContext {
  /** @param sink a device of `enumerateDevices`, '' for the system's choice, or no device at all */
  setSinkId(sink: string | { readonly type: 'none' }): Promise<void>
}
