import { describe, expect, it } from 'vitest'
import { settingsSentence } from './settings-sentence.ts'

const NOTHING = { applied: ['captions'], deferred: [], later: [], refused: [] }

describe('settingsSentence', () => {
  it('says when a change counts, and first of all that it never does', () => {
    expect(settingsSentence(NOTHING)).toBeUndefined()
    expect(settingsSentence({ ...NOTHING, deferred: ['voice'] })).toBe('settingsOutcome.deferred')
    expect(settingsSentence({ ...NOTHING, deferred: ['voice'], later: ['temporary'] })).toBe('settingsOutcome.later')
    const refused = [{ field: 'affective', reason: 'No.' }]
    expect(settingsSentence({ ...NOTHING, deferred: ['voice'], refused })).toBe('settingsOutcome.refused')
  })
})
