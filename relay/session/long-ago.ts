/** Before anything happened, ms of `performance.now`: whole and small, so that V8 keeps such times in the object itself. */
export const LONG_AGO_MS = -(10 ** 9)
