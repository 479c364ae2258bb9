import * as v from 'valibot'

const model = v.object({
  /** As `setup.model` takes it. */
  name: v.string(),
  /** Voices that `setup.voice` takes; the first is what it gets without a wish. */
  voices: v.array(v.string()),
  /** Fields of the setup that it has no use for. */
  unsupported: v.array(v.string()),
})

/** The answer of `GET /v1/relay`: what a client may know before it pairs (docs/protocol.md §1). */
export const relayInfoSchema = v.object({
  name: v.literal('aside-relay'),
  version: v.string(),
  /** The socket protocols it speaks, e.g. `aside.v1`. */
  protocols: v.array(v.string()),
  brain: v.picklist(['gemini', 'local']),
  model: v.string(),
  /** What a client may choose from; the first is what it gets without a wish. Relays before 0.2 do not say. */
  models: v.optional(v.array(model), []),
  engine: v.picklist(['uws', 'ws']),
  /** How a new device gets its access token. */
  pairing: v.picklist(['local', 'code', 'oidc']),
  /** Where to sign in, with `pairing` `oidc`. */
  oidc: v.optional(v.object({ issuer: v.string(), clientId: v.string() })),
  limits: v.record(v.string(), v.number()),
})

export type RelayInfo = Readonly<v.InferOutput<typeof relayInfoSchema>>
