import * as v from 'valibot'

/** What a tool may do: `read` only looks, `write` changes something, `egress` can carry data out. */
export const effectSchema = v.picklist(['read', 'write', 'egress'])

const toolNameSchema = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/))

/** A tool as it is offered to the model: data only, never code. `parameters` is a JSON Schema of type object. */
export const toolDeclarationSchema = v.object({
  name: toolNameSchema,
  description: v.pipe(v.string(), v.maxLength(2000)),
  parameters: v.record(v.string(), v.unknown()),
  effect: effectSchema,
  /** Longest time the tool may run, ms. */
  timeoutMs: v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(60_000)),
})
export type ToolDeclaration = Readonly<v.InferOutput<typeof toolDeclarationSchema>>
