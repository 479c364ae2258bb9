import * as v from 'valibot'
import { type Refusal } from '../transport/problem.ts'

export type JsonBody<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal }

/**
 * Reads and parses a request's body, a JSON object; the transport has limited it. Never throws for what a client sent.
 *
 * @param whenEmpty stands for no body at all, where a route can do without
 */
export async function readJson<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
  whenEmpty?: Readonly<Record<string, unknown>>,
): Promise<JsonBody<v.InferOutput<Schema>>> {
  const text = await request.text()
  const input = text === '' && whenEmpty !== undefined ? whenEmpty : parseObject(text)
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return { ok: true, value: result.output }
  const [issue] = result.issues
  const where = v.getDotPath(issue) ?? 'body'
  return {
    ok: false,
    refusal: { status: 400, code: 'bad_request', detail: `The request cannot be read: ${where}: ${issue.message}.` },
  }
}

/** @returns undefined for anything else, which no schema of an object takes; an array would pass for one */
function parseObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? undefined : value
  } catch {
    return undefined
  }
}
