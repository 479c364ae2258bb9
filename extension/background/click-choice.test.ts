import { describe, expect, it } from 'vitest'
import { clickChoice } from './click-choice.ts'

describe('clickChoice', () => {
  it('starts when nothing is going on, panel or not', () => {
    expect([clickChoice(false, false), clickChoice(false, true)]).toEqual(['start', 'start'])
  })

  it('stops what is going on beside the click, and only shows what is going on elsewhere', () => {
    expect([clickChoice(true, true), clickChoice(true, false)]).toEqual(['stop', 'open'])
  })
})
