import * as v from 'valibot'

/** The content type of every HTTP error of the relay (RFC 9457). */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

/** The body of an HTTP error: a problem document of RFC 9457 with a stable `code` (docs/protocol.md §1). */
export const problemSchema = v.object({
  type: v.optional(v.string()),
  title: v.pipe(v.string(), v.maxLength(200)),
  status: v.pipe(v.number(), v.integer()),
  /** A sentence a person can act on; safe to show. */
  detail: v.optional(v.pipe(v.string(), v.maxLength(2000))),
  /** Stable, for programs: `not_authorised`, `draining`, … */
  code: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  /** Finds the request in the relay's log. */
  requestId: v.pipe(v.string(), v.maxLength(200)),
})

export type Problem = Readonly<v.InferOutput<typeof problemSchema>>
