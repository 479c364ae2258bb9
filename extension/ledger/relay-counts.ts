import { isSeqAtOrBelow } from '../../shared/protocol/media-frame.ts'
import { type CountFact, type LedgerEntry, type SoundAhead, type SoundFact } from './ledger-entry.ts'

interface Amounts {
  /** Frames of the microphone. */
  readonly frames: number
  readonly pictures: number
}

/** What the relay says it received, against what the ledger says was sent until then. */
export type Comparison =
  | { readonly name: 'untold' }
  | { readonly name: 'same'; readonly ledger: Amounts }
  | { readonly name: 'different'; readonly ledger: Amounts; readonly relay: Amounts }

/**
 * Compares, for every socket of a conversation, the newest count of the relay.
 *
 * @param entries of one conversation, oldest first
 * @param aheads what is being sent now: the relay may have counted what is not written yet
 */
export function compareCounts(entries: readonly LedgerEntry[], aheads: readonly SoundAhead[]): Comparison {
  const lines = Map.groupBy(entries, ({ line }) => line)
  const compared = [...lines].flatMap(([line, its]) =>
    compareLine(
      its,
      aheads.find((ahead) => ahead.line === line),
    ),
  )
  if (compared.length === 0) return { name: 'untold' }
  const ledger = sum(compared.map((pair) => pair.ledger))
  const relay = sum(compared.map((pair) => pair.relay))
  const isSame = compared.every((pair) => isEqual(pair.ledger, pair.relay))
  return isSame ? { name: 'same', ledger } : { name: 'different', ledger, relay }
}

/** @returns nothing where there is nothing that could be compared fairly */
function compareLine(
  entries: readonly LedgerEntry[],
  ahead: SoundAhead | undefined,
): readonly { readonly ledger: Amounts; readonly relay: Amounts }[] {
  // A line whose beginning was dropped for age cannot be added up, nor one that a crash left with a bound only.
  const isWhole = entries[0]?.kind === 'line'
  const sounds = entries.filter((entry) => entry.kind === 'sound')
  if (!isWhole || sounds.some(({ lastSeq }) => lastSeq === undefined)) return []
  const stretches: readonly SoundFact[] = ahead?.stretch === undefined ? sounds : [...sounds, ahead.stretch]
  const count = entries.findLast(
    (entry) => entry.kind === 'count' && (ahead === undefined || isWritten(entry, stretches)),
  )
  if (count?.kind !== 'count') return []
  const { audioFrames, audioSeq, images, imageSeq } = count
  const pictures = entries.filter(
    (entry) => entry.kind === 'picture' && imageSeq !== undefined && isSeqAtOrBelow(entry.imageSeq, imageSeq),
  ).length
  const frames = stretches.reduce((all, stretch) => all + framesUpTo(stretch, audioSeq), 0)
  return [{ ledger: { frames, pictures }, relay: { frames: audioFrames, pictures: images } }]
}

function isWritten({ audioSeq }: CountFact, stretches: readonly SoundFact[]): boolean {
  const newest = stretches.at(-1)?.lastSeq
  return audioSeq === undefined || (newest !== undefined && isSeqAtOrBelow(audioSeq, newest))
}

/** A stretch has no gaps: its numbers follow one another. */
function framesUpTo({ firstSeq = 0, frames }: SoundFact, seq: number | undefined): number {
  if (seq === undefined || !isSeqAtOrBelow(firstSeq, seq)) return 0
  return Math.min(frames, ((seq - firstSeq) >>> 0) + 1)
}

function sum(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce(
    (all, { frames, pictures }) => ({ frames: all.frames + frames, pictures: all.pictures + pictures }),
    { frames: 0, pictures: 0 },
  )
}

function isEqual(a: Amounts, b: Amounts): boolean {
  return a.frames === b.frames && a.pictures === b.pictures
}
