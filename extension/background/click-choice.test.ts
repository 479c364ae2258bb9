import { describe, expect, it } from 'vitest'
import { clickChoice } from './click-choice.ts'

const OPEN = { id: 1, panelWasOpen: true }
const CLOSED = { id: 1, panelWasOpen: false }

describe('clickChoice', () => {
  it('starts when there is no conversation, whatever the panels do', () => {
    for (const clicked of [OPEN, CLOSED]) {
      for (const panelWindow of [undefined, 1, 2]) expect(clickChoice(false, panelWindow, clicked)).toBe('start')
    }
  })

  it('stops a conversation whose panel is open in this window, and only looks at one whose panel is closed', () => {
    expect(clickChoice(true, 1, OPEN)).toBe('stop')
    expect(clickChoice(true, undefined, OPEN)).toBe('stop')
    expect(clickChoice(true, undefined, CLOSED)).toBe('open')
    expect(clickChoice(true, 1, CLOSED)).toBe('open')
  })

  it('takes over from another window, also where a panel stands open already', () => {
    expect(clickChoice(true, 2, CLOSED)).toBe('take-over')
    expect(clickChoice(true, 2, OPEN)).toBe('take-over')
  })
})
