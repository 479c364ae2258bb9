/** A clause longer than this is cut at a comma: the first sound waits for the whole clause to be spoken. */
const COMFORTABLE_CHARACTERS = 60
/** And longer than this at a space: one clause must not hold the shared voice for long. */
const MAX_CHARACTERS = 200

/**
 * Cuts an answer into what is spoken at a time: sentences, long ones at commas.
 *
 * @returns clauses with their spaces; put together they are the text again
 */
export function clausesOf(text: string): readonly string[] {
  return sentencesOf(text).flatMap((sentence) =>
    sentence.length <= COMFORTABLE_CHARACTERS ? [sentence] : joinShort(cutLong(sentence)),
  )
}

/** After the punctuation and its spaces; "3:45" and "3.5" have none. */
function sentencesOf(text: string): readonly string[] {
  return text.split(/(?<=[.!?;:\n]["')\]]*\s+)(?=\S)/).filter((sentence) => sentence !== '')
}

function cutLong(sentence: string): readonly string[] {
  return sentence.split(/(?<=,\s+)(?=\S)/).flatMap((part) => cutAtSpaces(part))
}

function cutAtSpaces(part: string): readonly string[] {
  const pieces: string[] = []
  let rest = part
  while (rest.length > MAX_CHARACTERS) {
    const space = rest.lastIndexOf(' ', MAX_CHARACTERS - 1)
    const end = space > 0 ? space + 1 : MAX_CHARACTERS
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return rest === '' ? pieces : [...pieces, rest]
}

/** "Yes, well, no, …" is spoken in one breath. */
function joinShort(parts: readonly string[]): readonly string[] {
  return parts.reduce<readonly string[]>((joined, part) => {
    const last = joined.at(-1)
    return last !== undefined && last.length + part.length <= COMFORTABLE_CHARACTERS
      ? [...joined.slice(0, -1), last + part]
      : [...joined, part]
  }, [])
}
