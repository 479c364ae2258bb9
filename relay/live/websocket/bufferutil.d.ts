/** The package brings no types; this is the one function of it that is used. */
declare module 'bufferutil' {
  interface BufferUtil {
    /** Writes `length` bytes of `source`, masked with the four bytes of `mask`, to `output` from `offset` on; may be in place. */
    mask(source: Uint8Array, mask: Uint8Array, output: Uint8Array, offset: number, length: number): void
  }
  const bufferUtil: BufferUtil
  export default bufferUtil
}
