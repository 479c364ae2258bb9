/** How alike two plain texts are by the three-letter pieces they share: 0 not at all, 1 the same (Dice). */
export function likeness(one: string, other: string): number {
  const left = trigramsOf(one)
  const right = trigramsOf(other)
  if (left.size + right.size === 0) return 0
  const shared = [...left].filter((piece) => right.has(piece)).length
  return (2 * shared) / (left.size + right.size)
}

function trigramsOf(text: string): ReadonlySet<string> {
  // Spaces around let the first letter of a word count as such.
  const padded = `  ${text} `
  return new Set(Array.from({ length: Math.max(0, padded.length - 2) }, (_, at) => padded.slice(at, at + 3)))
}
