import { describe, expect, it } from 'vitest'
import { findEndpoint, isTokenPath } from './endpoint.ts'

const GEMINI = '/ws/google.ai.generativelanguage'
const METHOD = 'GenerativeService.BidiGenerateContent'

function at(url: string, headers: Record<string, string> = {}) {
  return findEndpoint({ url, headers })
}

describe('findEndpoint', () => {
  it.each(['v1', 'v1beta', 'v1alpha'])('finds the Live method in %s, with the SDK’s two slashes', (version) => {
    expect(at(`/${GEMINI}.${version}.${METHOD}?key=k`)).toEqual({
      backend: 'gemini',
      version,
      constrained: false,
      credential: 'k',
    })
    expect(at(`${GEMINI}.${version}.${METHOD}Constrained?access_token=auth_tokens%2Fx`)).toMatchObject({
      constrained: true,
      credential: 'auth_tokens/x',
    })
  })

  it('finds it behind a path of a base URL, Vertex’ own and the bare address', () => {
    expect(at(`/relay/path${GEMINI}.v1beta.${METHOD}?key=k`)).toMatchObject({ backend: 'gemini' })
    expect(at('//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent')).toMatchObject({
      backend: 'vertex',
      version: 'v1beta1',
    })
    expect(at('/')).toMatchObject({ backend: 'any' })
    expect(at('//')).toMatchObject({ backend: 'any' })
  })

  it('finds nothing elsewhere', () => {
    for (const url of ['/ws', `${GEMINI}.v2.${METHOD}`, `${GEMINI}.v1.${METHOD}x`, '/ws/other', '/favicon.ico']) {
      expect(at(url)).toBeUndefined()
    }
  })

  it('reads a key from wherever clients put it', () => {
    const path = `${GEMINI}.v1.${METHOD}`
    expect(at(path)?.credential).toBeUndefined()
    expect(at(`${path}?key=`)?.credential).toBeUndefined()
    expect(at(path, { 'x-goog-api-key': 'h' })?.credential).toBe('h')
    expect(at(path, { authorization: 'Bearer b' })?.credential).toBe('b')
    expect(at(`${path}?access_token=a`)?.credential).toBe('a')
  })

  it('looks for tokens only where the method for tokens does', () => {
    const path = `${GEMINI}.v1alpha.${METHOD}Constrained`
    expect(at(`${path}?key=auth_tokens/x`)?.credential).toBeUndefined()
    expect(at(path, { authorization: 'Token auth_tokens/x' })?.credential).toBe('auth_tokens/x')
  })
})

describe('isTokenPath', () => {
  it('knows the address of auth tokens', () => {
    expect(isTokenPath('/v1alpha/auth_tokens')).toBe(true)
    expect(isTokenPath('//v1beta/auth_tokens?key=k')).toBe(true)
    expect(isTokenPath('/v2/auth_tokens')).toBe(false)
  })
})
