/** What a tool gave back, as the model gets it. */
export type ToolOutput = Readonly<Record<string, unknown>>

/** Room for `"truncated":true` and the commas around it, bytes. */
const FLAG_BYTES = 32

/**
 * An output of at most `maxBytes` of JSON: the longest of its texts is cut, and `truncated: true` says so. An output that
 * is too big for another reason becomes the beginning of its JSON. Pure.
 *
 * @param maxBytes bytes of UTF-8, above 100
 */
export function boundedOutput(output: ToolOutput, maxBytes: number): ToolOutput {
  if (jsonBytes(output) <= maxBytes) return output
  const [key, text] = longestText(output)
  const rest = { ...output, [key]: '' }
  const room = maxBytes - jsonBytes(rest) - FLAG_BYTES
  if (room > 0) return { ...rest, [key]: beginning(text, room), truncated: true }
  return { text: beginning(JSON.stringify(output), maxBytes - FLAG_BYTES - jsonBytes({ text: '' })), truncated: true }
}

function longestText(output: ToolOutput): readonly [string, string] {
  let longest: readonly [string, string] = ['text', '']
  for (const [key, value] of Object.entries(output)) {
    if (typeof value === 'string' && value.length > longest[1].length) longest = [key, value]
  }
  return longest
}

/** @returns the longest beginning of `text` whose JSON, without quotes, takes at most `maxBytes` */
function beginning(text: string, maxBytes: number): string {
  let fits = 0
  let tooLong = text.length + 1
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (jsonBytes(text.slice(0, middle)) - 2 <= maxBytes) fits = middle
    else tooLong = middle
  }
  // Half a surrogate pair is no character.
  const last = text.charCodeAt(fits - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? fits - 1 : fits)
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
