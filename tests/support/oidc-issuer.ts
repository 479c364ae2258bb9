import { createHash, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import { onTestFinished } from 'vitest'

export const CLIENT_ID = 'aside'
/** Where Chrome takes the answers for an extension. */
export const REDIRECT_URI = 'https://knfpaakmnadpbecgiplicddldlkfepni.chromiumapp.org/'

/** One signing key of the issuer, for tokens it would never sign itself. */
export interface IssuerKey {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA'

export interface OidcIssuer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** The newest key. */
  readonly key: IssuerKey
  /** Requests for its keys so far. */
  readonly keyRequests: number
  /** Signs somebody in at an address of ours as a browser would. @returns where the browser is sent to after that */
  visit(address: string, login: string): Promise<string>
  /** Signs somebody in as a browser would: authorization code with PKCE. @returns the ID token */
  signIn(login: string, nonce?: string): Promise<string>
  /** Throws the key away and takes a new one. */
  rotate(algorithm?: Algorithm): Promise<void>
  /** Answers everything with 503 from now on. */
  goAway(): void
}

/** The real `oidc-provider` on a free port of loopback; it ends with the test. */
export async function startIssuer(algorithm: Algorithm = 'RS256'): Promise<OidcIssuer> {
  let handle: RequestListener = (_request, response) => void response.writeHead(503).end()
  let keyRequests = 0
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyRequests++
    handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let key = await makeKey(algorithm)

  async function serve(): Promise<void> {
    const configuration = await configurationOf(key)
    const provider = new Provider(url, configuration)
    const callback = provider.callback()
    handle = (request, response) => void callback(request, response)
  }
  await serve()

  return {
    url,
    get key() {
      return key
    },
    get keyRequests() {
      return keyRequests
    },
    visit,
    signIn: (login, nonce) => signIn(url, login, nonce),
    async rotate(next = 'RS256') {
      key = await makeKey(next)
      await serve()
    },
    goAway() {
      handle = (_request, response) => void response.writeHead(503).end()
    },
  }
}

/** A token as somebody with this key would sign it. */
export function signToken(
  { privateKey, kid, algorithm }: Pick<IssuerKey, 'privateKey' | 'kid' | 'algorithm'>,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey)
}

export async function makeKey(algorithm: Algorithm): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const kid = randomBytes(8).toString('hex')
  return { kid, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm } }
}

async function configurationOf({ privateKey, kid, algorithm }: IssuerKey): Promise<Configuration> {
  const jwk = { ...(await exportJWK(privateKey)), kid, alg: algorithm, use: 'sig' }
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: algorithm,
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} the Tester` }) }),
    pkce: { required: () => true },
  }
}

async function visit(address: string, login: string): Promise<string> {
  const browser = new Browser()
  // Each form of the development pages answers what the one before asked for: who, and whether.
  const forms = [{ prompt: 'login', login, password: 'any' }, { prompt: 'consent' }]
  let location = await browser.walk(address)
  for (const form of forms) location = await browser.walk(location, form)
  return location
}

async function signIn(url: string, login: string, nonce: string | undefined): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    scope: 'openid profile',
    redirect_uri: REDIRECT_URI,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(nonce === undefined ? {} : { nonce }),
  })
  const location = await visit(`${url}/auth?${query.toString()}`, login)
  const code = new URL(location).searchParams.get('code')
  if (code === null) throw new Error(`the issuer ended at ${location}`)
  const answer = await fetch(`${url}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      code,
      code_verifier: verifier,
    }),
  })
  const tokens = (await answer.json()) as { readonly id_token?: string }
  if (tokens.id_token === undefined) throw new Error(`no ID token: ${JSON.stringify(tokens)}`)
  return tokens.id_token
}

/** As much of a browser as a sign-in needs: cookies, and following redirects. */
class Browser {
  readonly #cookies = new Map<string, string>()

  /** @returns the address it ends at: a page, or one elsewhere */
  async walk(start: string, form?: Readonly<Record<string, string>>): Promise<string> {
    let address = start
    let body = form === undefined ? undefined : new URLSearchParams(form)
    for (let hop = 0; hop < 10; hop++) {
      if (!address.startsWith('http://127.0.0.1')) return address
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(address, {
        redirect: 'manual',
        headers: { cookie },
        ...(body === undefined ? {} : { method: 'POST', body }),
      })
      body = undefined
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      const location = response.headers.get('location')
      if (location === null) return address
      address = new URL(location, address).href
    }
    throw new Error(`too many redirects from ${start}`)
  }
}
