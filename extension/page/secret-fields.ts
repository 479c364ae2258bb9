import { type SecretFields, type VisibleArea } from './page-findings.ts'

/** Fields whose content is a secret whatever it says; `autocomplete` tokens of the HTML standard. */
const SECRET_FIELDS = [
  'input[type=password]',
  ...['current-password', 'new-password', 'one-time-code'].map(autocomplete),
  ...['cc-number', 'cc-csc', 'cc-exp', 'cc-exp-month', 'cc-exp-year', 'cc-name'].map(autocomplete),
].join(',')

/** Fields that pages forget to mark: cards and codes by their usual names. */
const SECRET_NAMES =
  /passw|passwd|\bpin\b|card.?num|cc.?num|cvc|cvv|csc|iban|security.?code|one.?time|\botp\b|\btotp\b/i

/** Content of another site or of a plug-in: nobody can look into it, so it counts as secret as a whole. */
const FRAMES = 'iframe,frame,embed,object,fencedframe'

type OpenShadow = (element: Element) => ShadowRoot | null

/**
 * Finds password and payment fields and frames of other sites.
 *
 * @param openShadow reads shadow trees, closed ones too where the browser lets us
 */
export function findSecretFields(page: Window & typeof globalThis, openShadow: OpenShadow): SecretFields {
  // A PDF is a plug-in that fills the page: it is what the person shares, not something foreign in it.
  const isPdf = page.document.contentType === 'application/pdf'
  const rectangles = isPdf ? [] : rectanglesIn(page.document, openShadow, { x: 0, y: 0 })
  const visual = page.visualViewport
  const zoom = visual?.scale ?? 1
  const origin = { x: visual?.offsetLeft ?? 0, y: visual?.offsetTop ?? 0 }
  const areas = rectangles.map((rectangle) => ({
    x: ((rectangle.x - origin.x) * zoom) / page.innerWidth,
    y: ((rectangle.y - origin.y) * zoom) / page.innerHeight,
    width: (rectangle.width * zoom) / page.innerWidth,
    height: (rectangle.height * zoom) / page.innerHeight,
  }))
  const viewport = {
    width: Math.round(page.innerWidth * page.devicePixelRatio),
    height: Math.round(page.innerHeight * page.devicePixelRatio),
  }
  return { url: page.location.href, areas: areas.filter(isVisible), viewport }
}

interface Point {
  readonly x: number
  readonly y: number
}

/** CSS pixels of the top page's viewport. */
function rectanglesIn(root: Document | ShadowRoot, openShadow: OpenShadow, offset: Point): VisibleArea[] {
  return [...root.querySelectorAll('*')].flatMap((element) => {
    if (element.matches(FRAMES)) return frameRectangles(element, openShadow, offset)
    if (isSecretField(element)) return [rectangleOf(element, offset)]
    const shadow = openShadow(element)
    return shadow === null ? [] : rectanglesIn(shadow, openShadow, offset)
  })
}

function frameRectangles(frame: Element, openShadow: OpenShadow, offset: Point): VisibleArea[] {
  const outer = rectangleOf(frame, offset)
  const inner = frame instanceof HTMLIFrameElement ? documentOf(frame) : null
  // A scaled frame would put its fields elsewhere than they are seen.
  if (inner === null || !(frame instanceof HTMLElement) || isScaled(frame, outer)) return [outer]
  const origin = { x: outer.x + frame.clientLeft, y: outer.y + frame.clientTop }
  return rectanglesIn(inner, openShadow, origin)
}

/** @returns null for a frame of another site */
function documentOf(frame: HTMLIFrameElement): Document | null {
  try {
    return frame.contentDocument
  } catch {
    return null
  }
}

function isScaled(element: HTMLElement, seen: VisibleArea): boolean {
  return Math.abs(element.offsetWidth - seen.width) > 1 || Math.abs(element.offsetHeight - seen.height) > 1
}

function isSecretField(element: Element): boolean {
  if (element.matches(SECRET_FIELDS)) return true
  if (!element.matches('input,textarea,[contenteditable]')) return false
  if (element.matches('input:is([type=checkbox],[type=radio],[type=button],[type=submit],[type=hidden])')) return false
  const names = ['name', 'id', 'aria-label', 'placeholder', 'autocomplete'].map((name) => element.getAttribute(name))
  return names.some((name) => name !== null && SECRET_NAMES.test(name))
}

function rectangleOf(element: Element, offset: Point): VisibleArea {
  const { x, y, width, height } = element.getBoundingClientRect()
  return { x: x + offset.x, y: y + offset.y, width, height }
}

function isVisible({ x, y, width, height }: VisibleArea): boolean {
  return width > 0 && height > 0 && x < 1 && y < 1 && x + width > 0 && y + height > 0
}

function autocomplete(token: string): string {
  return `[autocomplete~="${token}" i]`
}
