import * as v from 'valibot'
import { type Refusal } from '../transport/problem.ts'

type Query<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal }

/** Reads and parses a request's query; of a name that comes twice the last counts. Never throws for what a client sent. */
export function readQuery<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Query<v.InferOutput<Schema>> {
  const query = Object.fromEntries(new URL(request.url).searchParams)
  const result = v.safeParse(schema, query, { abortEarly: true })
  if (result.success) return { ok: true, value: result.output }
  const [issue] = result.issues
  const where = v.getDotPath(issue) ?? 'query'
  return {
    ok: false,
    refusal: { status: 400, code: 'bad_request', detail: `The address cannot be read: ${where}: ${issue.message}.` },
  }
}

/** A whole number in a query. */
export function wholeNumber(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, 'Give a whole number'),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  )
}
