import * as v from 'valibot'
import { type Refusal } from '../transport/problem.ts'

export type JsonBody<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal }

/** Reads and parses a request's JSON body; the transport has limited it. Never throws for what a client sent. */
export async function readJson<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Promise<JsonBody<v.InferOutput<Schema>>> {
  const result = v.safeParse(schema, parse(await request.text()), { abortEarly: true })
  if (result.success) return { ok: true, value: result.output }
  const [issue] = result.issues
  const where = v.getDotPath(issue) ?? 'body'
  return {
    ok: false,
    refusal: { status: 400, code: 'bad_request', detail: `The request cannot be read: ${where}: ${issue.message}.` },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is no object either: the schema says so.
    return undefined
  }
}
