/** The keys that may be undefined become optional and are absent when they are. */
export type WithoutUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** @returns a copy without the keys whose value is undefined: what a wire with optional fields wants. */
export function withoutUndefined<T extends object>(fields: T): WithoutUndefined<T> {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined) as WithoutUndefined<T>
}
