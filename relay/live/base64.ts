/**
 * Base64 (RFC 4648 §4) from bytes to bytes. Node knows it between bytes and strings only; with hundreds of people talking those
 * strings were two thirds of all garbage, and collecting them cost more than encoding. A DataView reads and writes a group at once, wherever it lies.
 */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PADDING = '='.charCodeAt(0)

/** A group is three bytes, or four digits. */
const GROUP_BYTES = 3
const GROUP_DIGITS = 4

/** The two digits of 12 bits, the first one in the low byte. */
const PAIRS = Uint16Array.from(
  { length: 64 * 64 },
  (_, bits) => DIGITS.charCodeAt(bits >> 6) | (DIGITS.charCodeAt(bits & 63) << 8),
)

/** Set by what is no digit: a bit that the bytes of no group have. */
const NO_DIGIT = 1 << 24

/** What the first to fourth digit of a group adds to its bytes, the first of which is the lowest. */
const FIRST = valuesOf((bits) => bits << 2)
const SECOND = valuesOf((bits) => (bits >> 4) | ((bits & 0x0f) << 12))
const THIRD = valuesOf((bits) => ((bits >> 2) << 8) | ((bits & 0x03) << 22))
const FOURTH = valuesOf((bits) => bits << 16)

function valuesOf(place: (bits: number) => number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, code) => {
    const bits = DIGITS.indexOf(String.fromCharCode(code))
    return bits < 0 ? NO_DIGIT : place(bits)
  })
}

/** Longer sources are encoded piece by piece, bytes: more than a usual picture. */
const PIECE_BYTES = 16 * 1024 * GROUP_BYTES

/** What is encoded is copied here, since a view of it would cost more. */
const piece = new Uint8Array(PIECE_BYTES + GROUP_BYTES)
const pieceView = new DataView(piece.buffer)

/** The view of what was read last: nearly always of the same memory, and made by a call that costs as much as decoding. */
class LastView {
  #buffer: ArrayBufferLike = new ArrayBuffer(0)
  #view = new DataView(this.#buffer)

  of(buffer: ArrayBufferLike): DataView {
    if (buffer === this.#buffer) return this.#view
    this.#buffer = buffer
    this.#view = new DataView(buffer)
    return this.#view
  }
}

const lastView = new LastView()

/** @returns how many digits, with padding, so many bytes have */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / GROUP_BYTES) * GROUP_DIGITS
}

/** @param target gets `base64Length(source.length)` digits from `offset` on; must have room */
export function writeBase64(source: Uint8Array, target: DataView, offset: number): void {
  for (let from = 0, to = offset; from < source.length; from += PIECE_BYTES, to += base64Length(PIECE_BYTES)) {
    const isWhole = from === 0 && source.length <= PIECE_BYTES
    writePiece(isWhole ? source : source.subarray(from, from + PIECE_BYTES), target, to)
  }
}

function writePiece(source: Uint8Array, target: DataView, offset: number): void {
  const bytes = source.length
  piece.set(source)
  // What follows the source in its last group are no bits of it.
  piece[bytes] = 0
  piece[bytes + 1] = 0
  let to = offset
  for (let from = 0; from < bytes; from += GROUP_BYTES, to += GROUP_DIGITS)
    writeGroup(pieceView.getInt32(from) >>> 8, target, to)
  for (let missing = (GROUP_BYTES - (bytes % GROUP_BYTES)) % GROUP_BYTES; missing > 0; missing--)
    target.setUint8(to - missing, PADDING)
}

/** @param bits 24 */
function writeGroup(bits: number, target: DataView, to: number): void {
  target.setInt32(to, (PAIRS[bits >> 12] ?? 0) | ((PAIRS[bits & 0xfff] ?? 0) << 16), true)
}

/**
 * @param target gets the bytes from its start on; must have room for one more than three for every four digits
 * @returns how many bytes it got; undefined where `source` from `start` to `end` is anything but whole, padded base64
 */
export function readBase64(source: Uint8Array, start: number, end: number, target: DataView): number | undefined {
  if (end <= start || (end - start) % GROUP_DIGITS !== 0) return undefined
  const view = lastView.of(source.buffer)
  const first = source.byteOffset + start
  const last = source.byteOffset + end - GROUP_DIGITS
  let seen = 0
  let to = 0
  for (let from = first; from < last; from += GROUP_DIGITS, to += GROUP_BYTES) {
    const bytes = readGroup(view.getInt32(from, true))
    seen |= bytes
    // One byte too many, which the next group replaces.
    target.setInt32(to, bytes, true)
  }
  const padding = source[end - 1] !== PADDING ? 0 : source[end - 2] !== PADDING ? 1 : 2
  const bytes = readGroup(withoutPadding(view.getInt32(last, true), padding))
  target.setInt32(to, bytes, true)
  return ((seen | bytes) & NO_DIGIT) === 0 ? to + GROUP_BYTES - padding : undefined
}

function readGroup(digits: number): number {
  return (
    (FIRST[digits & 0xff] ?? 0) |
    (SECOND[(digits >>> 8) & 0xff] ?? 0) |
    (THIRD[(digits >>> 16) & 0xff] ?? 0) |
    (FOURTH[digits >>> 24] ?? 0)
  )
}

/** With digits that mean 0 in its place. */
function withoutPadding(digits: number, padding: number): number {
  if (padding === 0) return digits
  const zeros = 0x41_41_41_41
  return padding === 1 ? (digits & 0x00_ff_ff_ff) | (zeros & 0xff_00_00_00) : (digits & 0xffff) | (zeros & 0xffff_0000)
}
