import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type FetchLike } from '../../shared/client/relay-http.ts'
import { beginOidcFlow, finishOidcFlow, type OidcFlow } from './oidc-flow.ts'

const ISSUER = 'https://issuer.example'
const REDIRECT = 'https://abcdef.chromiumapp.org/'
const DISCOVERY = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth?tenant=1`,
  token_endpoint: `${ISSUER}/token`,
}

/** An issuer that answers these bodies by path, and what it was sent. */
function issuer(answers: Readonly<Record<string, { readonly status?: number; readonly body: unknown }>>) {
  const asked: { readonly url: string; readonly body: string | undefined }[] = []
  const fetch: FetchLike = (url, { body }) => {
    asked.push({ url, body })
    const answer = answers[new URL(url).pathname]
    if (answer === undefined) return Promise.reject(new TypeError('Failed to fetch'))
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    return Promise.resolve({
      status: answer.status ?? 200,
      headers: { get: () => null },
      text: () => Promise.resolve(text),
    })
  }
  return { asked, fetch }
}

const WELL_KNOWN = '/.well-known/openid-configuration'

async function begun(): Promise<OidcFlow> {
  const { fetch } = issuer({ [WELL_KNOWN]: { body: DISCOVERY } })
  const flow = await beginOidcFlow({ issuer: ISSUER, clientId: 'aside' }, REDIRECT, fetch)
  if (!flow.ok) throw new Error(flow.fault)
  return flow.value
}

function idToken(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
}

describe('a sign-in that begins', () => {
  it('sends the browser to the issuer with everything that ties the answer to us', async () => {
    const flow = await begun()
    const url = new URL(flow.url)
    expect(url.origin + url.pathname).toBe(`${ISSUER}/auth`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: '1',
      response_type: 'code',
      scope: 'openid profile',
      client_id: 'aside',
      redirect_uri: REDIRECT,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: createHash('sha256').update(flow.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    expect(new Set([flow.state, flow.nonce, flow.verifier]).size).toBe(3)
    // RFC 7636 §4.1
    expect(flow.verifier).toMatch(/^[A-Za-z0-9_-]{43,128}$/)
    expect((await begun()).state).not.toBe(flow.state)
  })

  it.each([
    ['calls itself something else', ISSUER, { ...DISCOVERY, issuer: 'https://other.example' }],
    ['sends tokens over an open line', ISSUER, { ...DISCOVERY, token_endpoint: 'http://issuer.example/token' }],
    ['is no issuer', ISSUER, '<html></html>'],
    ['is not there', 'https://away.example/x', undefined],
    ['has no secure address', 'http://issuer.example', DISCOVERY],
  ])('does not, where the issuer %s', async (_why, address, body) => {
    const { fetch } = issuer(body === undefined ? {} : { [WELL_KNOWN]: { body } })
    const flow = await beginOidcFlow({ issuer: address, clientId: 'aside' }, REDIRECT, fetch)
    expect(flow).toMatchObject({ ok: false, fault: expect.stringContaining(address) as string })
  })
})

describe('a sign-in that comes back', () => {
  it('redeems the code with the proof that it was ours', async () => {
    const flow = await begun()
    const { asked, fetch } = issuer({ '/token': { body: { id_token: idToken({ nonce: flow.nonce }) } } })
    const done = await finishOidcFlow(flow, `${REDIRECT}?code=c0de&state=${flow.state}`, fetch)
    expect(done).toEqual({ ok: true, value: { idToken: idToken({ nonce: flow.nonce }), nonce: flow.nonce } })
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: REDIRECT,
      client_id: 'aside',
      code_verifier: flow.verifier,
    })
  })

  it.each([
    ['with another state', (flow: OidcFlow) => `${REDIRECT}?code=c&state=${flow.nonce}`, 'another sign-in'],
    ['without a state', () => `${REDIRECT}?code=c`, 'another sign-in'],
    ['without a code', (flow: OidcFlow) => `${REDIRECT}?state=${flow.state}`, 'another sign-in'],
    ['somewhere else', (flow: OidcFlow) => `https://evil.example/?code=c&state=${flow.state}`, 'another sign-in'],
    ['to no address', () => 'nowhere', 'another sign-in'],
    [
      'with a refusal',
      (flow: OidcFlow) => `${REDIRECT}?error=access_denied&error_description=No+thanks&state=${flow.state}`,
      'You were not signed in: No thanks.',
    ],
  ])('%s asks for no token', async (_how, url, fault) => {
    const flow = await begun()
    const { asked, fetch } = issuer({})
    const done = await finishOidcFlow(flow, url(flow), fetch)
    expect(done).toMatchObject({ ok: false, fault: expect.stringContaining(fault) as string })
    expect(asked).toEqual([])
  })

  it.each<[string, { status?: number; body: unknown }, string]>([
    ['of another sign-in', { body: { id_token: idToken({ nonce: 'other' }) } }, 'another sign-in'],
    ['that is none', { body: { id_token: 'x' } }, 'another sign-in'],
    ['for a code that is over', { status: 400, body: { error: 'invalid_grant' } }, 'invalid_grant'],
    ['in another language', { body: '<html></html>' }, 'It gave no reason.'],
  ])('takes no token %s', async (_what, answer, fault) => {
    const flow = await begun()
    const { fetch } = issuer({ '/token': answer })
    const done = await finishOidcFlow(flow, `${REDIRECT}?code=c&state=${flow.state}`, fetch)
    expect(done).toMatchObject({ ok: false, fault: expect.stringContaining(fault) as string })
  })
})
