import { type VisibleArea } from './page-findings.ts'
import { RegionOverlay } from './region-overlay.ts'
import { frameAfterKey, frameBetween, middleFrame, MIN_SIDE, visibleFrame } from './region-frame.ts'
import { type PageRectangle, visiblePart } from './visible-part.ts'

/** A picker that was forgotten must not lie on the page for ever, ms. */
const FORGOTTEN_MS = 120_000

/** Where the picker is kept in a page's isolated world. */
export const REGION_PICKER = 'asideRegionPicker'

/** What the panel may call, in the page's isolated world. */
export interface RegionPicker {
  /**
   * Lets the person draw a frame. Resolves when the overlay is gone and the page is painted without it.
   *
   * @param hint how it is done, in the person's language
   * @returns null when they changed their mind
   */
  pick(hint: string): Promise<VisibleArea | null>
  /** A key pressed in the panel, which keeps the focus when a menu there began this. */
  press(key: string, shift: boolean): void
}

interface Picking {
  readonly press: (key: string, shift: boolean) => void
  readonly cancel: () => void
}

export function createRegionPicker(page: Window): RegionPicker {
  let picking: Picking | undefined
  return {
    async pick(hint) {
      picking?.cancel()
      const choice = Promise.withResolvers<PageRectangle | undefined>()
      picking = startPicking(page, hint, choice.resolve)
      const frame = await choice.promise
      picking = undefined
      await overlayGone(page)
      return frame === undefined ? null : visiblePart(page, frame)
    },
    press: (key, shift) => picking?.press(key, shift),
  }
}

function startPicking(page: Window, hint: string, choose: (frame: PageRectangle | undefined) => void): Picking {
  const life = new AbortController()
  const overlay = new RegionOverlay(page.document, hint, life.signal)
  const extent = () => ({ width: page.innerWidth, height: page.innerHeight })
  let frame = middleFrame(extent())
  let from: { readonly x: number; readonly y: number } | undefined

  const show = (next: PageRectangle) => {
    frame = next
    overlay.show(next)
  }
  const end = (chosen: PageRectangle | undefined) => {
    life.abort()
    choose(chosen)
  }
  const press = (key: string, shift: boolean) => {
    if (key === 'Escape') end(undefined)
    else if (key === 'Enter') end(visibleFrame(frame, extent()))
    else show(frameAfterKey(frame, key, shift, extent()))
  }
  const release = (event: PointerEvent) => {
    if (from === undefined) return
    const drawn = frameBetween(from, event, extent())
    from = undefined
    const isClick = drawn.width < MIN_SIDE && drawn.height < MIN_SIDE
    const chosen = visibleFrame(isClick ? overlay.elementBelow(event).getBoundingClientRect() : drawn, extent())
    // Too little to show: they may try again.
    if (chosen !== undefined) end(chosen)
  }

  show(frame)
  overlay.on('pointerdown', (event) => (from = { x: event.x, y: event.y }))
  overlay.on('pointermove', (event) => from !== undefined && show(frameBetween(from, event, extent())))
  overlay.on('pointerup', release)
  page.addEventListener(
    'keydown',
    (event) => {
      if (!/^(Arrow(Left|Right|Up|Down)|Enter|Escape)$/.test(event.key)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      press(event.key, event.shiftKey)
    },
    { signal: life.signal, capture: true },
  )
  const forgotten = page.setTimeout(() => end(undefined), FORGOTTEN_MS)
  life.signal.addEventListener('abort', () => page.clearTimeout(forgotten), { once: true })
  return { press, cancel: () => end(undefined) }
}

/** Two paintings: the first one may still show it. */
function overlayGone(page: Window): Promise<void> {
  return new Promise((resolve) => {
    page.requestAnimationFrame(() => page.requestAnimationFrame(() => resolve()))
  })
}
