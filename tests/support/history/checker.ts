import { checkAudio } from './check-audio.ts'
import { checkContinuity } from './check-continuity.ts'
import { checkEntries } from './check-entries.ts'
import { checkOwner } from './check-owner.ts'
import { checkSpeech } from './check-speech.ts'
import { checkTools } from './check-tools.ts'
import { checkTyped } from './check-typed.ts'
import { type HistoryLine, type StoredConversation } from './line.ts'
import { type Limits, type Rule, type Violation } from './violation.ts'

const RULES: readonly Rule[] = [
  checkEntries,
  checkContinuity,
  checkAudio,
  checkTyped,
  checkTools,
  checkOwner,
  checkSpeech,
]

/** The contract's own (docs/protocol.md §2.5). */
const LIMITS: Limits = { resumeMs: 120_000, idleMs: 30 * 60_000, takeoverMs: 0 }

/**
 * Judges a history by the promises of docs/protocol.md §2.5; docs/adr/0013 says what it cannot see. Pure: give it what was
 * written down, in its order, and what the store holds at the end.
 *
 * @returns what was broken; nothing when every promise was kept
 */
export function checkHistory(
  lines: readonly HistoryLine[],
  stored: readonly StoredConversation[],
  limits: Partial<Limits> = {},
): readonly Violation[] {
  return RULES.flatMap((rule) => rule({ lines, stored, limits: { ...LIMITS, ...limits } }))
}
