import { type SecretFields, type VisibleArea } from './page-findings.ts'
import { type SecretInputs } from './secret-input.ts'
import { type PageRectangle, visiblePart } from './visible-part.ts'

/** Content of another site or of a plug-in: nobody can look into it, so it counts as secret as a whole. */
const FRAMES = 'iframe,frame,embed,object,fencedframe,portal'

type OpenShadow = (element: Element) => ShadowRoot | null

/** How to look into a page. */
export interface PageEyes {
  /** Reads shadow trees, closed ones too where the browser lets us. */
  readonly openShadow: OpenShadow
  readonly secrets: SecretInputs
}

/**
 * Finds password and payment fields and frames of other sites. It throws rather than miss one: then there is no picture.
 *
 * Elements of frames belong to another realm: `instanceof` does not know them, so their names decide.
 */
export function findSecretFields(page: Window, eyes: PageEyes): SecretFields {
  // What is painted then are pictures of fields, wherever they were or will be.
  if (isInTransition(page.document)) throw new Error('the page is changing into another one')
  // A PDF is a plug-in that fills the page: it is what the person shares, not something foreign in it.
  const isPdf = page.document.contentType === 'application/pdf'
  const rectangles = isPdf ? [] : rectanglesIn(page.document, eyes, { x: 0, y: 0 })
  const areas = rectangles.map((rectangle) => visiblePart(page, rectangle))
  const viewport = {
    width: Math.round(page.innerWidth * page.devicePixelRatio),
    height: Math.round(page.innerHeight * page.devicePixelRatio),
  }
  return { url: page.location.href, areas: areas.filter(isVisible), viewport }
}

function isInTransition(document: Document): boolean {
  return ((document as { activeViewTransition?: unknown }).activeViewTransition ?? null) !== null
}

interface Point {
  readonly x: number
  readonly y: number
}

/** CSS pixels of the top page's viewport. */
function rectanglesIn(root: Document | ShadowRoot, eyes: PageEyes, offset: Point): PageRectangle[] {
  return [...root.querySelectorAll('*')].flatMap((element) => {
    if (element.matches(FRAMES)) return frameRectangles(element, eyes, offset)
    if (eyes.secrets.has(element)) return rectanglesOf(element, offset)
    const shadow = eyes.openShadow(element)
    return shadow === null ? [] : rectanglesIn(shadow, eyes, offset)
  })
}

function frameRectangles(frame: Element, eyes: PageEyes, offset: Point): PageRectangle[] {
  const outer = rectangleOf(frame, offset)
  const inner = frame.localName === 'iframe' ? documentOf(frame as HTMLIFrameElement) : null
  // A frame that is turned or scaled would put its fields elsewhere than they are seen.
  if (inner === null || !isUpright(frame as HTMLIFrameElement, outer)) return [outer]
  const { paddingLeft, paddingTop } = styleOf(frame)
  const origin = {
    x: outer.x + frame.clientLeft + parseFloat(paddingLeft),
    y: outer.y + frame.clientTop + parseFloat(paddingTop),
  }
  return rectanglesIn(inner, eyes, origin)
}

/** @returns null for a frame of another site */
function documentOf(frame: HTMLIFrameElement): Document | null {
  try {
    return frame.contentDocument
  } catch {
    return null
  }
}

/** Whether a point of the frame's page lies where its coordinates say: moved perhaps, but neither scaled nor turned. */
function isUpright(frame: HTMLIFrameElement, seen: PageRectangle): boolean {
  const isScaled = Math.abs(frame.offsetWidth - seen.width) > 1 || Math.abs(frame.offsetHeight - seen.height) > 1
  return !isScaled && ancestorsOf(frame).every(isUnturned)
}

function isUnturned(element: Element): boolean {
  const { transform, rotate, scale, perspective, offsetPath, zoom } = styleOf(element)
  const isMovedOnly = transform === 'none' || /^matrix\(1, 0, 0, 1,/.test(transform)
  const isPlain = [rotate, scale, perspective, offsetPath].every((value) => value === 'none' || value === '')
  return isMovedOnly && isPlain && (zoom === '1' || zoom === '')
}

/** The element and all that it lies in, through shadow trees. */
function ancestorsOf(element: Element): Element[] {
  const parent = element.assignedSlot ?? element.parentNode
  if (parent === null) return [element]
  if (parent.nodeType === Node.ELEMENT_NODE) return [element, ...ancestorsOf(parent as Element)]
  return 'host' in parent ? [element, ...ancestorsOf(parent.host as Element)] : [element]
}

function styleOf(element: Element): CSSStyleDeclaration {
  const view = element.ownerDocument.defaultView
  if (view === null) throw new Error('a page without a window')
  return view.getComputedStyle(element)
}

/** A field that runs over several lines has one for each, and what it holds may stand outside of it. */
function rectanglesOf(element: Element, offset: Point): PageRectangle[] {
  const inside = element.matches('input,textarea,select') ? [] : [...element.querySelectorAll('*')]
  return [element, ...inside].map((part) => rectangleOf(part, offset))
}

function rectangleOf(element: Element, offset: Point): PageRectangle {
  const { x, y, width, height } = element.getBoundingClientRect()
  return { x: x + offset.x, y: y + offset.y, width, height }
}

function isVisible({ x, y, width, height }: VisibleArea): boolean {
  return width > 0 && height > 0 && x < 1 && y < 1 && x + width > 0 && y + height > 0
}
