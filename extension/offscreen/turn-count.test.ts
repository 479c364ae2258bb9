import { describe, expect, it } from 'vitest'
import { TurnCount } from './turn-count.ts'

describe('TurnCount', () => {
  it('knows a turn in full from its last 16 bits', () => {
    const turns = new TurnCount()
    expect(turns.inFull(1)).toBe(1)
    turns.began(65_535)
    expect([turns.inFull(65_535), turns.inFull(0), turns.inFull(1), turns.inFull(65_530)]).toEqual([
      65_535, 65_536, 65_537, 65_530,
    ])
  })

  it('is open while more may come of the newest turn', () => {
    const turns = new TurnCount()
    expect(turns.isOpen).toBe(false)
    turns.began(1)
    expect(turns.isOpen).toBe(true)
    turns.completed(1)
    expect(turns.isOpen).toBe(false)
  })

  it('tells of a silenced turn once, and of later ones not at all', () => {
    const turns = new TurnCount()
    expect(turns.takeSilenced(1)).toBe(false)
    turns.began(2)
    turns.silence()
    expect([turns.takeSilenced(3), turns.takeSilenced(2), turns.takeSilenced(2)]).toEqual([false, true, false])
  })
})
