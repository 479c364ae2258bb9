/** The words of RFC 6455 §5.2 that both directions share. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export const FIN_BIT = 0x80
export const RESERVED_BITS = 0x70
export const OPCODE_BITS = 0x0f
export const MASK_BIT = 0x80
export const LENGTH_BITS = 0x7f

/** A length byte with this value is followed by 2 or 8 bytes that hold the length. */
export const LENGTH_IN_2_BYTES = 126
export const LENGTH_IN_8_BYTES = 127

/** The largest payload of a control frame, bytes (§5.5). */
export const MAX_CONTROL_BYTES = 125

/** Close codes an endpoint gives itself (§7.4.1). */
export const STATUS = {
  normal: 1000,
  protocolError: 1002,
  noCode: 1005,
  abnormal: 1006,
  badData: 1007,
  tooBig: 1009,
} as const

/** Whether a code may stand in a close frame (§7.4, and the registry of codes). */
export function isSendableCode(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code < 5000)
  )
}
