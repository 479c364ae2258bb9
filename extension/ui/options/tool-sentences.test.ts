import { describe, expect, it } from 'vitest'
import { BROWSER_TOOLS } from '../../browser-tools/catalogue.ts'
import { TOOL_SENTENCES, toolSentence } from './tool-sentences.ts'

describe('toolSentence', () => {
  it('has a sentence for every tool there is, and for no other', () => {
    const names = BROWSER_TOOLS.map(({ declaration }) => declaration.name)
    expect(Object.keys(TOOL_SENTENCES).sort()).toEqual([...names].sort())
    for (const name of names) expect(toolSentence(name)).toBeDefined()
  })

  it('has none for what is no tool', () => {
    expect(toolSentence('toString')).toBeUndefined()
  })
})
