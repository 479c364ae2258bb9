import { describe, expect, it } from 'vitest'
import { EXTENSION_ID, isLoopbackHost, readConfig } from './config.ts'

function configOf(env: Record<string, string>) {
  const result = readConfig(env)
  if (!result.ok) throw new Error(result.problems.join('\n'))
  return result.config
}

function problemsOf(env: Record<string, string>): readonly string[] {
  const result = readConfig(env)
  return result.ok ? [] : result.problems
}

const LONG_SECRET = 'x'.repeat(32)

describe('readConfig', () => {
  it('needs nothing: without a key the local brain answers on loopback', () => {
    expect(configOf({})).toEqual({
      brain: 'local',
      apiKeys: ['local'],
      models: ['gemini-3.8-live'],
      modelLabel: 'local',
      voice: 'Kore',
      host: '127.0.0.1',
      port: 8787,
      engine: 'auto',
      secrets: [],
      extensionIds: [EXTENSION_ID],
      maxSessionsPerUser: 2,
      memory: 50,
      sessionIdleMs: 1_800_000,
      sharePort: false,
      adminHost: '127.0.0.1',
      adminPort: 8788,
      store: 'sqlite:.aside/relay.sqlite',
      trustedProxies: [],
      pairing: { kind: 'local' },
      historyMs: 90 * 24 * 3_600_000,
      drainMs: 30_000,
      logLevel: 'info',
    })
  })

  it('takes Gemini when there is a key, and all of its keys', () => {
    expect(configOf({ GEMINI_API_KEY: 'one, two' })).toMatchObject({
      brain: 'gemini',
      apiKeys: ['one', 'two'],
      modelLabel: 'gemini-3.8-live',
    })
    expect(configOf({ GOOGLE_API_KEY: 'other' })).toMatchObject({ brain: 'gemini', apiKeys: ['other'] })
    expect(configOf({ GEMINI_API_KEY: 'one', GOOGLE_API_KEY: 'other' }).apiKeys).toEqual(['one'])
  })

  it('keeps a key from a local brain', () => {
    expect(configOf({ GEMINI_API_KEY: 'one', ASIDE_BRAIN: 'local' })).toMatchObject({
      brain: 'local',
      apiKeys: ['local'],
    })
  })

  it('reads what is set and treats blanks as not set', () => {
    const config = configOf({
      ASIDE_LIVE_URL: 'http://127.0.0.1:9999/',
      ASIDE_MODEL: 'm',
      ASIDE_VOICE: ' ',
      ASIDE_PORT: '0',
      ASIDE_ENGINE: 'ws',
      ASIDE_SECRET: `${LONG_SECRET},${LONG_SECRET}2`,
      ASIDE_EXTENSION_IDS: `${'a'.repeat(32)}, ${'b'.repeat(32)}`,
      ASIDE_PUBLIC_URL: 'https://aside.example/',
      ASIDE_MAX_SESSIONS: '5',
      ASIDE_MEMORY: '10',
      ASIDE_SESSION_IDLE: '90s',
    })
    expect(config).toMatchObject({
      liveUrl: 'http://127.0.0.1:9999',
      models: ['m'],
      modelLabel: 'm',
      voice: 'Kore',
      port: 0,
      engine: 'ws',
      secrets: [LONG_SECRET, `${LONG_SECRET}2`],
      extensionIds: ['a'.repeat(32), 'b'.repeat(32)],
      publicUrl: 'https://aside.example',
      maxSessionsPerUser: 5,
      memory: 10,
      sessionIdleMs: 90_000,
    })
    expect(configOf({ ASIDE_SESSION_IDLE: '30 min' }).sessionIdleMs).toBe(1_800_000)
  })

  it('reports all problems together', () => {
    const problems = problemsOf({
      ASIDE_BRAIN: 'clever',
      ASIDE_PORT: '99999',
      ASIDE_ENGINE: 'fast',
      ASIDE_LIVE_URL: 'ws://127.0.0.1:1',
      ASIDE_EXTENSION_IDS: 'abc',
      ASIDE_MEMORY: '0',
      ASIDE_MAX_SESSIONS: 'two',
      ASIDE_SESSION_IDLE: '30',
      ASIDE_SECRET: 'short',
    })
    const names = problems.map((problem) => /^ASIDE_[A-Z_]+/.exec(problem)?.[0])
    expect(new Set(names)).toEqual(
      new Set([
        'ASIDE_BRAIN',
        'ASIDE_PORT',
        'ASIDE_ENGINE',
        'ASIDE_LIVE_URL',
        'ASIDE_EXTENSION_IDS',
        'ASIDE_MEMORY',
        'ASIDE_MAX_SESSIONS',
        'ASIDE_SESSION_IDLE',
        'ASIDE_SECRET',
      ]),
    )
  })

  it('refuses Gemini without a key', () => {
    expect(problemsOf({ ASIDE_BRAIN: 'gemini' })).toEqual([
      'ASIDE_BRAIN=gemini needs GEMINI_API_KEY; without a key use ASIDE_BRAIN=local.',
    ])
  })

  it('refuses to listen beyond this machine without a secret or with local pairing', () => {
    expect(problemsOf({ ASIDE_HOST: '0.0.0.0' })).toHaveLength(1)
    expect(problemsOf({ ASIDE_HOST: '0.0.0.0', ASIDE_PAIRING: 'local' })).toHaveLength(2)
    expect(problemsOf({ ASIDE_HOST: '0.0.0.0', ASIDE_SECRET: LONG_SECRET, ASIDE_PAIRING: 'local' })).toHaveLength(1)
    expect(configOf({ ASIDE_HOST: '0.0.0.0', ASIDE_SECRET: LONG_SECRET }).pairing).toEqual({ kind: 'code' })
    expect(problemsOf({ ASIDE_HOST: '127.0.0.2' })).toEqual([])
  })

  it('asks for a code behind a proxy, or for an account where there is one', () => {
    expect(configOf({ ASIDE_PUBLIC_URL: 'https://aside.example' }).pairing).toEqual({ kind: 'code' })
    const oidc = { ASIDE_PAIRING: 'oidc', ASIDE_OIDC_ISSUER: 'https://id.example/', ASIDE_OIDC_CLIENT_ID: 'aside' }
    expect(configOf(oidc).pairing).toEqual({
      kind: 'oidc',
      issuer: 'https://id.example',
      clientId: 'aside',
      audience: 'aside',
    })
    expect(problemsOf({ ASIDE_PAIRING: 'oidc' })).toHaveLength(1)
    expect(problemsOf({ ...oidc, ASIDE_OIDC_ISSUER: 'http://id.example' })).toEqual([
      expect.stringContaining('https://'),
    ])
    for (const issuer of ['http://127.0.0.1:3000', 'http://[::1]:3000/realms/a', 'http://localhost'])
      expect(problemsOf({ ...oidc, ASIDE_OIDC_ISSUER: issuer })).toEqual([])
  })

  it('knows the operator’s proxies by address and by network', () => {
    expect(configOf({ ASIDE_TRUSTED_PROXIES: '10.0.0.1, 192.168.0.0/16 ,2001:db8::/32' }).trustedProxies).toEqual([
      { address: '10.0.0.1', prefixBits: 32, family: 'ipv4' },
      { address: '192.168.0.0', prefixBits: 16, family: 'ipv4' },
      { address: '2001:db8::', prefixBits: 32, family: 'ipv6' },
    ])
    for (const item of [
      'proxy',
      '10.0.0',
      '10.0.0.1/33',
      '10.0.0.1/',
      '::1/129',
      '[::1]',
      '10.0.0.1:80',
      '1.2.3.4/8/8',
    ])
      expect(problemsOf({ ASIDE_TRUSTED_PROXIES: `10.0.0.1,${item}` })).toEqual([expect.stringContaining(`“${item}”`)])
  })

  it('takes several models, the first before the others', () => {
    expect(configOf({ ASIDE_MODEL: 'a, b' })).toMatchObject({ models: ['a', 'b'], modelLabel: 'a' })
  })

  it('shares a port only over a store that all processes reach', () => {
    expect(problemsOf({ ASIDE_SHARE_PORT: '1' })).toHaveLength(1)
    const shared = configOf({ ASIDE_SHARE_PORT: 'on', ASIDE_STORE: 'redis://127.0.0.1:6379' })
    expect(shared).toMatchObject({ sharePort: true, store: 'redis://127.0.0.1:6379' })
  })

  it('reads limits, and refuses what is no store, switch or number', () => {
    expect(configOf({ ASIDE_DAILY_MINUTES: '90', ASIDE_DAILY_SPEND: '1.5', ASIDE_DRAIN: '5s' })).toMatchObject({
      dailyMinutes: 90,
      dailySpend: 1.5,
      drainMs: 5_000,
    })
    const problems = problemsOf({
      ASIDE_STORE: 'postgres://me:hunter2@db',
      ASIDE_SHARE_PORT: 'maybe',
      ASIDE_DAILY_MINUTES: '-1',
      ASIDE_LOG: 'all',
    })
    expect(problems).toHaveLength(4)
    expect(problems.join(' ')).not.toContain('hunter2')
  })

  it('never repeats a secret in a problem', () => {
    expect(problemsOf({ ASIDE_SECRET: 'hunter2' }).join(' ')).not.toContain('hunter2')
  })
})

describe('isLoopbackHost', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('knows %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example'])('does not trust %s', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})
