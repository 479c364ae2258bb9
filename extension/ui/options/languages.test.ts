import { describe, expect, it } from 'vitest'
import { namedLanguages } from './languages.ts'

describe('namedLanguages', () => {
  it('names them in the language of the page, in its order', () => {
    const labels = namedLanguages('de', '').map(({ label }) => label)
    expect(labels).toContain('Japanisch (Japan)')
    expect(labels).toEqual([...labels].sort(new Intl.Collator('de').compare))
    expect(namedLanguages('en', '')).toContainEqual({ value: 'pt-BR', label: 'Brazilian Portuguese' })
  })

  it('keeps what was chosen, even what is no language', () => {
    expect(namedLanguages('en', 'ga-IE')).toContainEqual({ value: 'ga-IE', label: 'Irish (Ireland)' })
    expect(namedLanguages('en', 'no language')).toContainEqual({ value: 'no language', label: 'no language' })
    expect(namedLanguages('en', 'de-DE').filter(({ value }) => value === 'de-DE')).toHaveLength(1)
  })
})
