/** The part of a Redis connection that counts for limits need (`relay/auth/limits.ts`). */
export interface LimiterClient {
  readonly isReady: boolean
  /** Runs a Lua script. Rejects with `StoreError` when Redis did not answer. */
  eval(script: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown>
}
