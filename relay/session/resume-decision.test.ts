import { describe, expect, it } from 'vitest'
import { type Standing } from '../store/journal.ts'
import { decideResume, type ResumeRequest } from './resume-decision.ts'
import { hashResumeToken, isTokenOf, newResumeToken, type SessionState } from './session-state.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const LIMITS = { lingerMs: 120_000, idleMs: 1_800_000 }
const TOKEN = newResumeToken()
const OLDER = newResumeToken()

function standing(state: Partial<SessionState> | null, changes: Partial<Standing> = {}): Standing {
  const whole = { tokens: [TOKEN, OLDER].map(hashResumeToken), epoch: 0, turn: 3, speechSeq: 9, ...state }
  return { fence: 1, seq: 5, lastActiveAt: NOW - 10_000, state: state === null ? null : whole, ...changes }
}

function decide(found: Standing | undefined, changes: Partial<ResumeRequest> = {}) {
  const request = { sessionId: 'id', resumeToken: TOKEN, lastSeq: 5, epoch: 0, ...changes }
  return decideResume(found, request, LIMITS, NOW).kind
}

describe('somebody who comes back', () => {
  it.each([
    ['at once', 0, 'resumed'],
    ['at the last moment', 120_000, 'resumed'],
    ['too late for a replay', 120_001, 'history'],
  ] as const)('%s', (_when, agoMs, kind) => {
    expect(decide(standing({ detachedAt: NOW - agoMs }))).toBe(kind)
  })

  it.each([
    ['while nobody noticed that the line is dead', {}],
    ['after the holder died', { lastActiveAt: NOW - 600_000 }],
  ])('%s misses nothing', (_when, changes) => {
    expect(decide(standing({}, changes))).toBe('resumed')
  })

  it('after the idle limit gets another conversation', () => {
    const late = { detachedAt: NOW - 1_700_000 }
    expect(decide(standing(late, { lastActiveAt: NOW - 1_800_000 }))).toBe('history')
    expect(decide(standing(late, { lastActiveAt: NOW - 1_800_001 }))).toBe('new')
    expect(decide(standing({}, { lastActiveAt: NOW - 1_800_001 }))).toBe('new')
  })

  it('from a long silence within the time of a drop goes on', () => {
    expect(decide(standing({ detachedAt: NOW - 60_000 }, { lastActiveAt: NOW - 1_850_000 }))).toBe('resumed')
  })

  it('may bring the token before the newest, and no other', () => {
    expect(decide(standing({}), { resumeToken: OLDER })).toBe('resumed')
    for (const resumeToken of ['', newResumeToken(), hashResumeToken(TOKEN)]) {
      expect(decide(standing({}), { resumeToken })).toBe('new')
    }
  })

  it('who knows more than the store is told what the store has', () => {
    expect(decide(standing({ detachedAt: NOW }), { lastSeq: 6 })).toBe('history')
  })

  it.each([
    ['nobody knows', undefined],
    ['is over', standing(null)],
    ['was written by somebody else', standing({}, { state: { tokens: [], epoch: 0 } })],
  ])('to a conversation that %s gets another one', (_what, found) => {
    expect(decide(found)).toBe('new')
  })
})

describe('a resume token', () => {
  it('is never the same twice and known by its hash', () => {
    expect(newResumeToken()).not.toBe(newResumeToken())
    expect(isTokenOf(TOKEN, [hashResumeToken(OLDER), hashResumeToken(TOKEN)])).toBe(true)
    expect(isTokenOf(TOKEN, ['short', hashResumeToken(OLDER)])).toBe(false)
  })
})
