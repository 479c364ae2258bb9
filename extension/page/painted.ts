/** A page that is not painted (hidden, or standing still behind another window) does not move either, ms. */
const PAINT_WAIT_MS = 120

/**
 * Until the page has been painted: what was scrolled or moved by then is where the page's own coordinates say. Chrome
 * scrolls ahead of a page's scripts by a frame, so that without this a cover could lie where a field was a moment ago.
 */
export function painted(page: Window): Promise<void> {
  return new Promise((resolve) => {
    page.requestAnimationFrame(() => resolve())
    page.setTimeout(() => resolve(), PAINT_WAIT_MS)
  })
}
