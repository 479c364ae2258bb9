import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/what-cannot-happen.md'), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what people met') && !line.startsWith('| ---'))
  .map((line) => line.split('|').map((cell) => cell.trim()))

describe('docs/what-cannot-happen.md', () => {
  it('has a line for every way in which people were let down', () => {
    expect(rows.length).toBeGreaterThan(25)
  })

  it.each(rows.map(([, what = '', why = '', held = '']) => ({ what, why, held })))('$what', ({ why, held }) => {
    expect(why).toMatch(/\.$/)
    const files = [...held.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })
})
