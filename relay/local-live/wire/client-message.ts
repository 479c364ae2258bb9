import * as v from 'valibot'
import { CLOSING, refused, unknownName, type Closing } from './closing.ts'
import { blobSchema, contentSchema } from './content-schema.ts'
import { camelise, camelName, isRecord, snakeName } from './json-names.ts'
import { emptySchema, setupSchema, toolsSchema } from './setup-schema.ts'

const clientContentSchema = v.strictObject({
  turns: v.optional(v.array(contentSchema), []),
  turnComplete: v.optional(v.boolean(), false),
})

const realtimeInputSchema = v.strictObject({
  audio: v.optional(blobSchema),
  video: v.optional(blobSchema),
  text: v.optional(v.string()),
  audioStreamEnd: v.optional(v.boolean()),
  activityStart: v.optional(emptySchema),
  activityEnd: v.optional(emptySchema),
  mediaChunks: v.optional(v.array(blobSchema)),
})

const toolResponseSchema = v.strictObject({
  functionResponses: v.optional(
    v.array(
      v.strictObject({
        id: v.optional(v.string()),
        name: v.optional(v.string()),
        response: v.optional(v.record(v.string(), v.unknown()), {}),
        scheduling: v.optional(v.picklist(['SCHEDULING_UNSPECIFIED', 'SILENT', 'WHEN_IDLE', 'INTERRUPT'])),
        willContinue: v.optional(v.boolean(), false),
        parts: v.optional(v.array(v.looseObject({}))),
      }),
    ),
    [],
  ),
})

const contextUpdateSchema = v.strictObject({
  systemInstruction: v.optional(contentSchema),
  tools: v.optional(v.strictObject({ tools: v.optional(toolsSchema, []) })),
})

/** One client frame holds exactly one of these. */
const BODY_SCHEMAS = {
  setup: setupSchema,
  clientContent: clientContentSchema,
  realtimeInput: realtimeInputSchema,
  toolResponse: toolResponseSchema,
  contextUpdate: contextUpdateSchema,
} as const

type Bodies = { readonly [Key in keyof typeof BODY_SCHEMAS]: Readonly<v.InferOutput<(typeof BODY_SCHEMAS)[Key]>> }
export type ClientMessage = {
  readonly [Key in keyof Bodies]: { readonly type: Key; readonly body: Bodies[Key] }
}[keyof Bodies]
export type ClientContent = Bodies['clientContent']
export type RealtimeInput = Bodies['realtimeInput']
export type FunctionResponse = Bodies['toolResponse']['functionResponses'][number]

export type Decoded =
  { readonly ok: true; readonly message: ClientMessage } | { readonly ok: false; readonly closing: Closing }

/**
 * Reads one client frame as protobuf's JSON rules say: camelCase and snake_case, unknown fields refused. Never throws.
 *
 * @param frame the text of a text or binary frame
 * @param lockSetup replaces what an auth token has locked in a setup, before it is checked
 */
export function decodeClientMessage(
  frame: string,
  lockSetup: (setup: Readonly<Record<string, unknown>>) => unknown = (setup) => setup,
): Decoded {
  const raw = parseJson(frame)
  if (!isRecord(raw)) return refuse(refused('Invalid JSON payload received. Unexpected token.'))
  const [name, second] = Object.keys(raw)
  if (name === undefined) return refuse(CLOSING.invalidArgument)
  const key = bodyKey(name)
  if (key === undefined) return refuse(unknownName(name, ''))
  if (second !== undefined) {
    return refuse(
      bodyKey(second) === undefined
        ? unknownName(second, '')
        : refused(`Invalid value (oneof), oneof field 'message_type' is already set. Cannot set '${second}'`),
    )
  }
  return decodeBody(key, raw[name], lockSetup)
}

function decodeBody(
  key: keyof Bodies,
  raw: unknown,
  lockSetup: (setup: Readonly<Record<string, unknown>>) => unknown,
): Decoded {
  const renamed = tryCamelise(raw)
  const body = key === 'setup' && isRecord(renamed) ? lockSetup(renamed) : renamed
  const parsed = v.safeParse(BODY_SCHEMAS[key], body, { abortEarly: true })
  if (!parsed.success) return refuse(describe(parsed.issues[0], key, raw))
  // The key chose the schema, which the compiler cannot follow through a table.
  return { ok: true, message: { type: key, body: parsed.output } as ClientMessage }
}

function tryCamelise(raw: unknown): unknown {
  try {
    return camelise(raw)
  } catch {
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function bodyKey(name: string): keyof Bodies | undefined {
  const camel = camelName(name)
  return Object.hasOwn(BODY_SCHEMAS, camel) ? (camel as keyof Bodies) : undefined
}

function refuse(closing: Closing): Decoded {
  return { ok: false, closing }
}

/** The service names the place in snake_case with the field as the client wrote it. */
function describe(issue: v.BaseIssue<unknown>, key: keyof Bodies, raw: unknown): Closing {
  const path = (issue.path ?? []).map((item) => item.key as string | number)
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return unknownName(asWritten(raw, path), placeOf(key, path.slice(0, -1)))
  }
  return refused(`Invalid value at '${placeOf(key, path)}'`)
}

function placeOf(key: string, path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (place, step) => (typeof step === 'number' ? `${place}[${step}]` : `${place}.${snakeName(step)}`),
    snakeName(key),
  )
}

function asWritten(raw: unknown, path: readonly (string | number)[]): string {
  let value = raw
  let name = ''
  for (const step of path) {
    name = String(step)
    if (Array.isArray(value)) value = (value as readonly unknown[])[Number(step)]
    else if (isRecord(value)) {
      name = Object.keys(value).find((key) => camelName(key) === step) ?? name
      value = value[name]
    }
  }
  return name
}
