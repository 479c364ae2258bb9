/** @returns ms since 1970, finer than whole ones; the clock that pages of this machine share */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
