export interface Host {
  /** The executable to start instead of `node`. */
  readonly command: string
  /** What to put before the script and its own arguments. */
  readonly args: readonly string[]
  /** Whether it runs under the fetched libc. */
  readonly hosted: boolean
  /** One sentence: why uWebSockets.js will not load here. */
  readonly reason?: string
}

export interface HostOptions {
  readonly log?: (line: string) => void
  readonly node?: string
}

export function resolveHost(options?: HostOptions): Promise<Host>
export function hostedNode(options?: HostOptions): Promise<string>
export function projectNode(): string

/** A source of packages as apt's own files describe it. */
export interface AptSource {
  readonly uri: string
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly keyring: string | undefined
}

export function parseDeb822(text: string): AptSource[]
export function parseClassic(text: string): AptSource[]
