import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const EXTENSION = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(EXTENSION, path), 'utf8')
const styles = globSync(['**/*.vue', '**/*.css'], { cwd: EXTENSION }).map((path) => ({ path, css: styleOf(path) }))
const TOKENS = 'ui/tokens.css'

describe('the look', () => {
  it('is made of styles', () => {
    expect(styles.length).toBeGreaterThan(20)
  })

  it.each(styles.filter(({ path }) => path !== TOKENS))('$path has no colour of its own', ({ css }) => {
    expect(css.match(/#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(/gi) ?? []).toEqual([])
  })

  it.each(styles)('$path reads from either side: Arabic begins on the right', ({ css }) => {
    const oneSided =
      /^\s*((margin|padding|border)-(left|right)|left|right|(text-align|float|clear): *(left|right))\b.*$/gm
    expect(css.match(oneSided) ?? []).toEqual([])
    const fourSided = [...css.matchAll(/(padding|margin|inset): (\S+) (\S+) (\S+) (\S+);/g)]
    expect(fourSided.filter(([, , , right, , left]) => right !== left).map(([rule]) => rule)).toEqual([])
  })

  it.each(styles)('$path uses tokens that exist', ({ path, css }) => {
    const known = new Set([...read(TOKENS).matchAll(/(--[\w-]+):/g)].map(([, name]) => name))
    // A component may have some of its own, from its styles or from its script.
    const own = new Set([...read(path).matchAll(/(--[\w-]+)['"]?:/g)].map(([, name]) => name))
    const used = [...css.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name)
    expect(used.filter((name) => !known.has(name) && !own.has(name))).toEqual([])
  })

  it('draws the toolbar icon in the same colours', () => {
    const tokens = read(TOKENS).toLowerCase()
    const drawn = read('background/icon-drawing.ts').match(/#[0-9a-f]{6}\b/gi) ?? []
    expect(drawn.length).toBeGreaterThan(4)
    expect(drawn.filter((colour) => !tokens.includes(colour.toLowerCase()))).toEqual([])
  })
})

/** The style blocks of a component, or the whole of a style sheet. */
function styleOf(path: string): string {
  const text = read(path)
  if (path.endsWith('.css')) return text
  return [...text.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, css]) => css).join('\n')
}
