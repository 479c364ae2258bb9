import { describe, expect, it } from 'vitest'
import { AuthTokens } from './auth-tokens.ts'

const MINUTE_MS = 60_000

function tokensWithClock() {
  const clock = { now: Date.parse('2026-11-21T12:00:00Z') }
  const tokens = new AuthTokens(() => clock.now)
  const issue = (request: unknown) => {
    const issued = tokens.issue(request)
    if (!issued.ok) throw new Error(issued.message)
    return issued.name
  }
  return { clock, tokens, issue, find: (request: unknown) => tokens.find(issue(request))! }
}

function inMinutes(now: number, minutes: number): string {
  return new Date(now + minutes * MINUTE_MS).toISOString()
}

describe('AuthTokens', () => {
  it('issues one use, to be begun within a minute and good for thirty', () => {
    const { tokens, issue, clock } = tokensWithClock()
    const name = issue({})
    expect(name).toMatch(/^auth_tokens\//)
    expect(tokens.find(name)?.startSession()).toBe(true)
    expect(tokens.find(name)?.startSession()).toBe(false)
    const second = issue({})
    clock.now += 61_000
    expect(tokens.find(second)?.startSession()).toBe(false)
    clock.now += 29 * MINUTE_MS
    expect(tokens.find(second)).toBeUndefined()
  })

  it('counts the uses it was asked for; none means without end', () => {
    const { find } = tokensWithClock()
    const two = find({ uses: 2 })
    expect([two.startSession(), two.startSession(), two.startSession()]).toEqual([true, true, false])
    const many = find({ uses: 0 })
    expect(Array.from({ length: 50 }, () => many.startSession())).not.toContain(false)
  })

  it('refuses times beyond twenty hours and fields it does not know', () => {
    const { tokens, clock } = tokensWithClock()
    expect(tokens.issue({ expireTime: inMinutes(clock.now, 21 * 60) })).toMatchObject({ ok: false })
    expect(tokens.issue({ expireTime: 'tomorrow' })).toEqual({ ok: false, message: "Invalid value at 'expireTime'" })
    expect(tokens.issue({ users: 1 })).toMatchObject({ ok: false })
    expect(tokens.issue('x')).toMatchObject({ ok: false })
  })

  it('locks everything when there is a setup and no mask, but never the handle to go on with', () => {
    const { find } = tokensWithClock()
    const grant = find({ bidiGenerateContentSetup: { model: 'models/a', sessionResumption: {} } })
    expect(grant.lockSetup({ model: 'models/b', tools: [] })).toEqual({ model: 'models/a', sessionResumption: {} })
    expect(grant.lockSetup({ sessionResumption: { handle: 'h' } })).toEqual({
      model: 'models/a',
      sessionResumption: { handle: 'h' },
    })
  })

  it('locks the fields of the mask and leaves the others to the client', () => {
    const { find } = tokensWithClock()
    const grant = find({
      bidiGenerateContentSetup: { model: 'models/a', generationConfig: { temperature: 0.5 } },
      fieldMask: 'model,generationConfig.temperature,generationConfig.topK,systemInstruction',
    })
    const client = {
      model: 'models/b',
      generationConfig: { temperature: 2, topK: 7, topP: 0.9 },
      systemInstruction: { parts: [] },
      tools: [1],
    }
    expect(grant.lockSetup(client)).toEqual({
      model: 'models/a',
      generationConfig: { temperature: 0.5, topP: 0.9 },
      tools: [1],
    })
  })

  it('lets the client choose when there is no setup', () => {
    expect(tokensWithClock().find({}).lockSetup({ model: 'models/b' })).toEqual({ model: 'models/b' })
  })

  it('wants every field of the setup in the mask', () => {
    const request = { bidiGenerateContentSetup: { model: 'models/a', tools: [] }, fieldMask: 'model' }
    expect(tokensWithClock().tokens.issue(request)).toEqual({
      ok: false,
      message: 'BidiGenerateContentSetup contains fields that are not specified in field_mask',
    })
  })

  it('knows no other tokens', () => {
    expect(tokensWithClock().tokens.find('auth_tokens/0')).toBeUndefined()
  })
})
