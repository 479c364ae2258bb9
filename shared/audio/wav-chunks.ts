/** The two chunks of a WAV file that matter, found but not yet understood. */
export interface WavChunks {
  readonly format: DataView | undefined
  readonly data: Uint8Array | undefined
}

/** Size of a RIFF, RF64 or chunk header, bytes. */
const RIFF_HEADER_BYTES = 12
const CHUNK_HEADER_BYTES = 8

/** A writer that cannot go back leaves this, or 0, where a size belongs. */
const UNKNOWN_SIZE = 0xffff_ffff

/** Whether the bytes begin as a RIFF file of type WAVE, little-endian (RF64 is the same with more room for sizes). */
export function isRiffWave(file: Uint8Array): boolean {
  const kind = fourCharacters(file, 0)
  return file.byteLength >= RIFF_HEADER_BYTES && /^(RIFF|RF64|BW64)$/.test(kind) && fourCharacters(file, 8) === 'WAVE'
}

/**
 * Finds the format and the sound among chunks of any kind and order. Never throws; a sound cut short, or of unknown
 * size, reaches to the end of the file.
 *
 * @param file bytes for which {@link isRiffWave} is true; the result's parts are views into it
 */
export function findWavChunks(file: Uint8Array): WavChunks {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const isStreamed = [0, UNKNOWN_SIZE].includes(view.getUint32(4, true))
  let format: DataView | undefined
  let data: Uint8Array | undefined
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= file.byteLength;) {
    const size = view.getUint32(at + 4, true)
    const begin = at + CHUNK_HEADER_BYTES
    const end = Math.min(begin + size, file.byteLength)
    const kind = fourCharacters(file, at)
    if (kind === 'fmt ') format ??= new DataView(file.buffer, file.byteOffset + begin, end - begin)
    if (kind === 'data') {
      const reachesEnd = size === 0 && isStreamed
      data ??= file.subarray(begin, reachesEnd ? file.byteLength : end)
      if (reachesEnd) break
    }
    // A chunk of odd length is followed by one byte that belongs to none.
    at = begin + size + (size % 2)
  }
  return { format, data }
}

/** @returns four characters of ASCII at a position; fewer at the end of the file. */
export function fourCharacters(file: Uint8Array, at: number): string {
  return String.fromCharCode(...file.subarray(at, at + 4))
}
