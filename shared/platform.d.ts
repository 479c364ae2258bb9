/**
 * The globals that every host of `shared/` has (Node, page, worker): nothing else may be used here.
 * Hosts bring their own, richer declarations; this file is seen by `shared/tsconfig.json` alone.
 */
declare interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare function setTimeout(callback: () => void, delayMs: number): number
declare function clearTimeout(timer: number | undefined): void
declare const performance: { now(): number }
declare class URLSearchParams {
  constructor(init: Readonly<Record<string, string>>)
  set(name: string, value: string): void
  toString(): string
}
declare class TextDecoder {
  decode(bytes: Uint8Array): string
}
