import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** As Chrome names the folders of `_locales`. */
const LOCALES = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'ja', 'ko', 'pl', 'pt_BR', 'tr', 'zh_CN']
const RIGHT_TO_LEFT = ['ar']
/** Names, and words that are the same in several languages; more than this part of a file is work left undone. */
const SAME_AT_MOST = 0.12

const texts = Object.fromEntries(
  globSync('*.json', { cwd: import.meta.dirname }).map((file) => {
    const parsed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'))
    return [basename(file, '.json'), flat(parsed)]
  }),
)
const english = texts['en'] ?? {}

describe('the words of the extension', () => {
  it('are there in thirteen languages', () => {
    expect(Object.keys(texts).sort()).toEqual(LOCALES)
  })

  it.each(LOCALES)('%s has every text of the English file, and no other', (locale) => {
    expect(Object.keys(texts[locale] ?? {}).sort()).toEqual(Object.keys(english).sort())
  })

  it('have names that Chrome takes; with any other it refuses the whole extension', () => {
    expect(Object.keys(english).filter((key) => !/^[\w.]+$/.test(key))).toEqual([])
  })

  it.each(LOCALES)('%s keeps every place where something is put in', (locale) => {
    const wrong = Object.entries(texts[locale] ?? {}).filter(
      ([key, text]) => places(text) !== places(english[key] ?? ''),
    )
    expect(wrong).toEqual([])
  })

  it.each(LOCALES)('%s ends a sentence where the English one ends', (locale) => {
    const ended = (text: string) => /[.。।۔?？؟…:：!！”"」»“]$/u.test(text)
    const wrong = Object.entries(texts[locale] ?? {}).filter(([key, text]) => ended(text) !== ended(english[key] ?? ''))
    expect(wrong).toEqual([])
  })

  it.each(LOCALES.filter((locale) => locale !== 'en'))('%s is translated', (locale) => {
    const own = Object.entries(texts[locale] ?? {})
    const same = own.filter(([key, text]) => text === english[key] && /\p{L}{3}/u.test(text))
    expect(own.some(([, text]) => text.trim() === '')).toBe(false)
    expect(same.length / own.length, same.map(([key]) => key).join(', ')).toBeLessThan(SAME_AT_MOST)
  })

  it.each(LOCALES)('%s names its language and the side it begins on', (locale) => {
    const text = texts[locale] ?? {}
    expect(text['extension.language']).toBe(locale.replace('_', '-'))
    expect(text['extension.direction']).toBe(RIGHT_TO_LEFT.includes(locale) ? 'rtl' : 'ltr')
  })
})

/** Every text by its path; forms of the plural are texts of their own. */
function flat(value: unknown, path = ''): Record<string, string> {
  if (typeof value === 'string') return { [path]: value }
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is no text`)
  const parts = Object.entries(value).map(([name, part]) => flat(part, path === '' ? name : `${path}.${name}`))
  return Object.assign({}, ...parts) as Record<string, string>
}

/** `$1`, `$2` … of a text, in order of their numbers. */
function places(text: string): string {
  return [...text.matchAll(/\$\d/g)]
    .map(([place]) => place)
    .sort()
    .join(' ')
}
