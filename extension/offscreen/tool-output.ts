/** What the relay takes of a tool's output (docs/protocol.md §2): 64 KiB of UTF-8. */
const MAX_OUTPUT_BYTES = 64 * 1024

type Output = Readonly<Record<string, unknown>>

/**
 * Cuts a tool's output to 64 KiB: the longest text in it loses its end, and `truncated` says so.
 *
 * @returns undefined when there is no text to cut that would make it fit
 */
export function fitToolOutput(output: Output): Output | undefined {
  if (jsonBytes(output) <= MAX_OUTPUT_BYTES) return output
  const texts = Object.entries(output).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const [name, text] = texts.reduce<[string, string]>((a, b) => (b[1].length > a[1].length ? b : a), ['', ''])
  const cutTo = (length: number): Output => ({ ...output, [name]: text.slice(0, length), truncated: true })
  if (jsonBytes(cutTo(0)) > MAX_OUTPUT_BYTES) return undefined
  let fits = 0
  let tooLong = text.length
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    if (jsonBytes(cutTo(middle)) <= MAX_OUTPUT_BYTES) fits = middle
    else tooLong = middle
  }
  // Not between the halves of a surrogate pair.
  return cutTo(/[\uD800-\uDBFF]/.test(text[fits - 1] ?? '') ? fits - 1 : fits)
}

function jsonBytes(value: Output): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}
