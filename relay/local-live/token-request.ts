import { type IncomingMessage, type ServerResponse } from 'node:http'
import { type AuthTokens } from './wire/auth-tokens.ts'
import { credentialOfRequest } from './wire/endpoint.ts'

/** A setup with a long prompt and many tools. */
const MAX_BODY_BYTES = 256 * 1024

/** Answers `POST /{version}/auth_tokens`: an auth token for the API key that is shown. Never throws. */
export async function answerTokenRequest(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: AuthTokens,
): Promise<void> {
  if (credentialOfRequest(request) === undefined) {
    failure(response, 403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers.")
    return
  }
  const body = await readJson(request)
  if (body === undefined) {
    failure(response, 400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.')
    return
  }
  const issued = tokens.issue(body)
  if (issued.ok) answer(response, 200, { name: issued.name })
  else failure(response, 400, 'INVALID_ARGUMENT', issued.message)
}

/** Google's shape of an HTTP error. */
export function failure(response: ServerResponse, code: number, status: string, message: string): void {
  answer(response, code, { error: { code, message, status } })
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
  response.end(json)
}

/** @returns undefined for a body that is too long, cut off or no JSON */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > MAX_BODY_BYTES) return undefined
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString() || '{}')
  } catch {
    return undefined
  }
}
