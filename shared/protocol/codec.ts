import * as v from 'valibot'
import { clientMessageSchema, type ClientMessage } from './client-message.ts'
import { serverMessageSchema, type ServerMessage } from './server-message.ts'

/** Largest nesting of arrays and objects in a text frame; deeper input is refused before it is walked by a schema. */
const MAX_JSON_DEPTH = 16

export type Decoded<Message> =
  | { readonly ok: true; readonly message: Message }
  /** `fault` names the field and what is wrong with it; it is safe to show. */
  | { readonly ok: false; readonly fault: string }

const clientMessages = schemasByType<ClientMessage>(clientMessageSchema.options)
const serverMessages = schemasByType<ServerMessage>(serverMessageSchema.options)

/** Reads a text frame from a client. Never throws. */
export function decodeClientMessage(text: string): Decoded<ClientMessage> {
  return decode(clientMessageSchema, clientMessages, text)
}

/** Reads a text frame from the relay. Never throws. */
export function decodeServerMessage(text: string): Decoded<ServerMessage> {
  return decode(serverMessageSchema, serverMessages, text)
}

/** @returns the text frame of a message. */
export function encodeMessage(message: ClientMessage | ServerMessage): string {
  return JSON.stringify(message)
}

/**
 * @param schema of any message
 * @param byType the same of each kind: a variant would try one kind after another, which costs more than all else of a ping
 */
function decode<Message>(
  schema: v.GenericSchema<unknown, Message>,
  byType: ReadonlyMap<unknown, v.GenericSchema<unknown, Message>>,
  text: string,
): Decoded<Message> {
  const json = parseJson(text)
  if (!json.ok) return json
  const result = v.safeParse(byType.get(typeOf(json.message)) ?? schema, json.message, { abortEarly: true })
  if (result.success) return { ok: true, message: result.output }
  const issue = result.issues[0]
  return { ok: false, fault: `${v.getDotPath(issue) ?? 'message'}: ${issue.message}` }
}

interface NamedSchema<Message> extends v.GenericSchema<unknown, Message> {
  readonly entries: { readonly type: { readonly literal: string } }
}

function schemasByType<Message>(
  schemas: readonly NamedSchema<Message>[],
): ReadonlyMap<unknown, v.GenericSchema<unknown, Message>> {
  return new Map(schemas.map((schema) => [schema.entries.type.literal, schema]))
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
}

function parseJson(text: string): Decoded<unknown> {
  if (nestingDepth(text) > MAX_JSON_DEPTH) return { ok: false, fault: `message: nested deeper than ${MAX_JSON_DEPTH}` }
  try {
    return { ok: true, message: JSON.parse(text) as unknown }
  } catch {
    return { ok: false, fault: 'message: not JSON' }
  }
}

/** Upper bound of the nesting, counted without parsing; brackets inside strings do not count. */
function nestingDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (inString) {
      if (character === 0x5c /* \ */) index++
      else if (character === 0x22 /* " */) inString = false
    } else if (character === 0x22) inString = true
    else if (character === 0x7b /* { */ || character === 0x5b /* [ */) deepest = Math.max(deepest, ++depth)
    else if (character === 0x7d /* } */ || character === 0x5d /* ] */) depth--
  }
  return deepest
}
