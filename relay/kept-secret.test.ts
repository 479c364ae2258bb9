import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { keptSecret } from './kept-secret.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aside-secret-'))
  folders.push(folder)
  return folder
}

describe('keptSecret', () => {
  it('makes one that only this user can read, and gives the same again', () => {
    const folder = join(tempFolder(), '.aside')
    const secret = keptSecret(folder)
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(keptSecret(folder)).toBe(secret)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600)
  })

  it('shuts a folder and a file that others could read', () => {
    const folder = join(tempFolder(), '.aside')
    mkdirSync(folder, { mode: 0o755 })
    writeFileSync(join(folder, 'secret'), 'x'.repeat(64), { mode: 0o644 })
    chmodSync(join(folder, 'secret'), 0o644)
    expect(keptSecret(folder)).toBe('x'.repeat(64))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600)
  })

  it('does not take a file that was cut', () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'secret'), 'abc')
    expect(() => keptSecret(folder)).toThrow(/delete it and start again/)
  })

  it('says what to do when it cannot be kept', () => {
    const file = join(tempFolder(), 'file')
    writeFileSync(file, '')
    expect(() => keptSecret(join(file, '.aside'))).toThrow(/set ASIDE_SECRET/)
  })
})
