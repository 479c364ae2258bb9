import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import config from '../../wxt.config.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/permissions.md'), 'utf8')
const manifest = config.manifest as unknown as Record<string, string[] | undefined>

/** Cells of the first two columns of a section's table. */
function rows(section: string): { permission: string; usedBy: string }[] {
  const text = page.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...text.matchAll(/^\| `([^`]+)` +\| ([^|]+)\|/gm)].map(([, permission = '', usedBy = '']) => ({
    permission,
    usedBy,
  }))
}

describe('docs/permissions.md', () => {
  it('explains exactly what the manifest asks for', () => {
    expect(rows('At install').map((row) => row.permission)).toEqual(manifest['permissions'])
    expect(rows('When you ask for it').map((row) => row.permission)).toEqual([
      ...(manifest['optional_permissions'] ?? []),
      ...(manifest['optional_host_permissions'] ?? []),
    ])
    expect(manifest['host_permissions']).toBeUndefined()
    expect(manifest['externally_connectable']).toBeUndefined()
    expect(manifest['web_accessible_resources']).toBeUndefined()
  })

  it('names code that uses each permission', () => {
    for (const { permission, usedBy } of [...rows('At install'), ...rows('When you ask for it')]) {
      const files = [...usedBy.matchAll(/`([^`]+\.ts)`/g)].map(([, file = '']) => file)
      expect(files, permission).not.toEqual([])
      for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true)
    }
  })
})
