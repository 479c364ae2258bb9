import { type VisibleArea } from './page-findings.ts'

/** A rectangle of the page's own viewport, CSS pixels. */
export interface PageRectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where a rectangle lies in what a person sees of the page, also when they zoomed in with two fingers: fractions. */
export function visiblePart(page: Window, { x, y, width, height }: PageRectangle): VisibleArea {
  const visual = page.visualViewport
  const zoom = visual?.scale ?? 1
  return {
    x: ((x - (visual?.offsetLeft ?? 0)) * zoom) / page.innerWidth,
    y: ((y - (visual?.offsetTop ?? 0)) * zoom) / page.innerHeight,
    width: (width * zoom) / page.innerWidth,
    height: (height * zoom) / page.innerHeight,
  }
}
