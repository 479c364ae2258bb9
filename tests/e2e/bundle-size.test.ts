import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const EXTENSION_DIR = join(import.meta.dirname, '../../.output/chrome-mv3')

/** What a page loads before it can be used, KiB with gzip. */
const BUDGETS_KB = { sidepanel: 150, offscreen: 60 } as const

describe('what a page loads', () => {
  it.each(Object.entries(BUDGETS_KB))('%s: at most %i KiB', async (page, budgetKb) => {
    const files = await filesOf(`${page}.html`)
    const sizes = [...files].map(([name, content]) => ({ name, kb: gzipSync(content).byteLength / 1024 }))
    const totalKb = sizes.reduce((sum, { kb }) => sum + kb, 0)
    const list = sizes.map(({ name, kb }) => `${name} ${kb.toFixed(1)}`).join(', ')
    console.log(`${page}: ${totalKb.toFixed(1)} of ${budgetKb} KiB (${list})`)
    expect(sizes.some(({ name }) => name.endsWith('.js'))).toBe(true)
    expect(totalKb).toBeLessThanOrEqual(budgetKb)
  })
})

/** The page, its styles and scripts, and what those import at once. */
async function filesOf(page: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const waiting = [page]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (files.has(name)) continue
    const content = await readFile(join(EXTENSION_DIR, name))
    files.set(name, content)
    waiting.push(...mentionedIn(name, content.toString()))
  }
  return files
}

function mentionedIn(name: string, text: string): readonly string[] {
  const pattern = name.endsWith('.html')
    ? /(?:src|href)="([^"]+\.(?:js|css))"/g
    : /(?:\bfrom|\bimport)\s*["'](\.[^"']+\.js)["']/g
  const base = new URL(`http://extension/${name}`)
  return [...text.matchAll(pattern)].map(([, path]) => new URL(path ?? '', base).pathname.slice(1))
}
