/** Fields whose values are the user's own data: names inside of them are not ours to change. */
const OPAQUE_FIELDS = new Set([
  'args',
  'labels',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
  'responseSchema',
])

/** Nesting beyond this is an attack on the stack, not a request. */
const MAX_DEPTH = 40

export function camelName(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}

export function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/**
 * Renames snake_case fields to lowerCamelCase; protobuf's JSON takes both (raw examples send `client_content`).
 *
 * @throws {RangeError} when the value is nested too deeply
 */
export function camelise(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply')
  if (Array.isArray(value)) return value.map((item) => camelise(item, depth + 1))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const camel = camelName(name)
      return [camel, OPAQUE_FIELDS.has(camel) ? inner : camelise(inner, depth + 1)]
    }),
  )
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
