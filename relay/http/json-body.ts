import * as v from 'valibot'
import { type Refusal } from '../transport/problem.ts'

export type JsonBody<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal }

/** Reads and parses a request's body, a JSON object; the transport has limited it. Never throws for what a client sent. */
export async function readJson<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Promise<JsonBody<v.InferOutput<Schema>>> {
  const result = v.safeParse(schema, parseObject(await request.text()), { abortEarly: true })
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
