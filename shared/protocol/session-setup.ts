import * as v from 'valibot'
import { toolDeclarationSchema } from './tool-declaration.ts'

const turnTakingSchema = v.object({
  /** `auto`: the brain hears when the user is done; `manual`: hold-to-talk, the client says so. */
  mode: v.picklist(['auto', 'manual']),
  /** Silence that ends a turn, ms. */
  silenceMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(4000))),
  interruptible: v.optional(v.boolean()),
})

/** What a user may set for a conversation (docs/protocol.md §2.1); everything is optional, the relay has the defaults. */
export const sessionSetupSchema = v.strictObject({
  model: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  voice: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  language: v.optional(v.pipe(v.string(), v.minLength(2), v.maxLength(35))),
  persona: v.optional(v.pipe(v.string(), v.maxLength(8000))),
  brevity: v.optional(v.picklist(['short', 'normal', 'full'])),
  turnTaking: v.optional(turnTakingSchema),
  captions: v.optional(v.object({ input: v.boolean(), output: v.boolean() })),
  mediaResolution: v.optional(v.picklist(['low', 'medium', 'high'])),
  temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
  affective: v.optional(v.boolean()),
  proactive: v.optional(v.boolean()),
  temporary: v.optional(v.boolean()),
  browserTools: v.optional(v.pipe(v.array(toolDeclarationSchema), v.maxLength(64))),
})

export type SessionSetup = Readonly<v.InferOutput<typeof sessionSetupSchema>>
export type TurnTaking = Readonly<v.InferOutput<typeof turnTakingSchema>>
