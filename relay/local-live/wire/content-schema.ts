import * as v from 'valibot'

/** Base64 in a JSON string; the alphabet is checked when it is decoded. */
export const blobSchema = v.strictObject({
  mimeType: v.string(),
  data: v.string(),
  displayName: v.optional(v.string()),
})

/** A part is open inside its own message types: their fields differ by model and do not matter here. */
const partSchema = v.strictObject({
  text: v.optional(v.string()),
  inlineData: v.optional(blobSchema),
  fileData: v.optional(v.looseObject({})),
  functionCall: v.optional(v.looseObject({})),
  functionResponse: v.optional(v.looseObject({})),
  executableCode: v.optional(v.looseObject({})),
  codeExecutionResult: v.optional(v.looseObject({})),
  videoMetadata: v.optional(v.looseObject({})),
  mediaResolution: v.optional(v.unknown()),
  thought: v.optional(v.boolean()),
  thoughtSignature: v.optional(v.string()),
})

export const contentSchema = v.strictObject({
  role: v.optional(v.string()),
  parts: v.optional(v.array(partSchema), []),
})

export type Blob = Readonly<v.InferOutput<typeof blobSchema>>
export type Content = Readonly<v.InferOutput<typeof contentSchema>>

/** @returns the text parts of a content, joined */
export function textOf(content: Content): string {
  return content.parts.map((part) => part.text ?? '').join('')
}
