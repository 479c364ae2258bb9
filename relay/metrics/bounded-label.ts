/** What a label says of values that are not among its few. */
const OTHER = 'other'

/** A stable word of our own: anything else might be somebody's. */
const STABLE_WORD = /^[a-z][a-z0-9_]{0,39}$/

/**
 * Keeps a label small whatever it is given: each of its values is kept for the life of the process, so values that others
 * could choose would fill the memory.
 *
 * @param most different values besides `other`
 */
export function createBoundedLabel(most: number): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= most || !STABLE_WORD.test(value)) return OTHER
    known.add(value)
    return value
  }
}

/** The codes of RFC 6455 that a socket may end with, and our own (docs/protocol.md §2.4). */
export function closeCodeLabel(code: number): string {
  const isNamed = (code >= 1000 && code <= 1015) || (code >= 4000 && code <= 4003) || (code >= 4500 && code <= 4509)
  return isNamed ? String(code) : OTHER
}
