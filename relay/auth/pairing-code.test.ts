import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../logger.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { codeUserId, createPairingCodes } from './pairing-code.ts'
import { type Secrets } from './secret.ts'

const SECRETS: Secrets = ['a secret of at least thirty-two characters']
const OTHER = 'another secret of more than thirty-two characters'

function stage() {
  const { keyValue, journal } = createMemoryStore({ logger: createLogger('silent', { write: () => undefined }) })
  const withSecrets = (secrets: Secrets) =>
    createPairingCodes({ secrets, keyValue, takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs) })
  return { codes: withSecrets(SECRETS), withSecrets, keyValue }
}

describe('pairing codes', () => {
  it('are eight letters that nobody mistakes, in two groups', async () => {
    const { codes } = stage()
    const made = await Promise.all(Array.from({ length: 200 }, () => codes.make('Ada', undefined)))
    for (const { code, expiresAt } of made) {
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
      expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(590_000)
    }
    expect(new Set(made.map(({ code }) => code)).size).toBe(200)
  })

  it('say who comes, and on what', async () => {
    const { codes } = stage()
    const { code } = await codes.make('  Ada\u00a0 Lovelace', 'Laptop')
    const proof = await codes.prove(code)
    expect(proof).toMatchObject({
      user: { id: codeUserId('Ada Lovelace'), name: 'Ada Lovelace' },
      deviceName: 'Laptop',
    })
    expect(codeUserId('Ada Lovelace')).toMatch(/^code:[A-Za-z0-9_-]{43}$/)
  })

  it('are good once', async () => {
    const { codes } = stage()
    const { code } = await codes.make('Ada', undefined)
    const proofs = await Promise.all(Array.from({ length: 50 }, () => codes.prove(code)))
    const taken = await Promise.all(proofs.map((proof) => proof!.take()))
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect(await (await codes.prove(code))?.take()).not.toBe(true)
  })

  it('are taken as people type them', async () => {
    const { codes } = stage()
    const { code } = await codes.make('Ada', undefined)
    const [a, b] = code.split('-') as [string, string]
    const typed = [
      code.toLowerCase(),
      a + b,
      ` ${a} ${b} `,
      `${a}–${b}`,
      code.replaceAll('0', 'o').replaceAll('1', 'l'),
    ]
    for (const text of typed) expect(await codes.prove(text)).toBeDefined()
    const wrong = a.startsWith('Z') ? `Y${code.slice(1)}` : `Z${code.slice(1)}`
    for (const text of ['', a, `${code}0`, wrong, code.replace(/^./, 'U'), '💥'.repeat(8), 'x'.repeat(10_000)])
      expect(await codes.prove(text)).toBeUndefined()
  })

  it('end after ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { codes } = stage()
      const { code } = await codes.make('Ada', undefined)
      vi.setSystemTime(Date.now() + 599_000)
      expect(await codes.prove(code)).toBeDefined()
      vi.setSystemTime(Date.now() + 2_000)
      expect(await codes.prove(code)).toBeUndefined()
    } finally {
      vi.useRealTimers()
    }
  })

  it('survive a rotated secret while it is named', async () => {
    const { codes, withSecrets } = stage()
    const { code } = await codes.make('Ada', undefined)
    expect(await withSecrets([OTHER, ...SECRETS]).prove(code)).toBeDefined()
    expect(await withSecrets([OTHER]).prove(code)).toBeUndefined()
  })
})

describe('codeUserId', () => {
  it('knows a name again however it is written', () => {
    for (const [a, b] of [
      ['Ada', ' ada '],
      ['JOSÉ', 'jose\u0301'],
      ['Ａｄａ', 'Ada'],
      ['Ada  Lovelace', 'ada\tlovelace'],
    ] as const)
      expect(codeUserId(a)).toBe(codeUserId(b))
    expect(codeUserId('Ada')).not.toBe(codeUserId('Adam'))
    expect(codeUserId('jose')).not.toBe(codeUserId('josé'))
  })
})
