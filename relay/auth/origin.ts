/**
 * The origins that may speak to the relay: those of the extension, nothing else.
 *
 * @param extensionIds the 32 letters of each
 */
export function extensionOrigins(extensionIds: readonly string[]): ReadonlySet<string> {
  return new Set(extensionIds.map((id) => `chrome-extension://${id}`))
}

/**
 * Whether a request's `Origin` is no reason to refuse it. It must match exactly when present; Chrome omits it on GET with
 * a host permission and command-line clients always do, so its absence says nothing and its presence never suffices.
 */
export function isOriginAcceptable(origins: ReadonlySet<string>, origin: string | undefined): boolean {
  return origin === undefined || origins.has(origin)
}
