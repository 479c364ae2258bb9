import { type PageRectangle } from './visible-part.ts'

/** `!important` inside a shadow tree wins over whatever the page says of its own elements. */
const STYLE = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 !important;
  width: 100vw !important;
  height: 100vh !important;
  max-width: none !important;
  max-height: none !important;
  margin: 0 !important;
  padding: 0 !important;
  border: 0 !important;
  background: none !important;
  cursor: crosshair !important;
  touch-action: none !important;
  user-select: none !important;
}
:host::backdrop { display: none !important; }
.frame {
  position: absolute;
  left: var(--x);
  top: var(--y);
  width: var(--width);
  height: var(--height);
  box-sizing: border-box;
  border: 2px solid #6fc1dc;
  outline: 1px solid #161513;
  box-shadow: 0 0 0 100vmax rgb(22 21 19 / 45%);
}
.hint {
  position: absolute;
  inset: auto 0 24px;
  width: fit-content;
  max-width: min(560px, 90vw);
  margin: auto;
  padding: 8px 12px;
  border-radius: 6px;
  background: #161513;
  color: #ece8e1;
  font: 15px/22px system-ui, sans-serif;
}
`

type PointerListener = (event: PointerEvent) => void

/** What lies over the page while a frame is drawn: one element with a closed shadow tree, in the top layer. */
export class RegionOverlay {
  readonly #host: HTMLElement
  readonly #frame: HTMLElement
  readonly #signal: AbortSignal

  /** @param signal takes it off the page */
  constructor(document: Document, hint: string, signal: AbortSignal) {
    this.#signal = signal
    this.#host = document.createElement('div')
    this.#frame = document.createElement('div')
    this.#frame.className = 'frame'
    const words = document.createElement('div')
    words.className = 'hint'
    words.textContent = hint
    const shadow = this.#host.attachShadow({ mode: 'closed' })
    const style = new CSSStyleSheet()
    style.replaceSync(STYLE)
    shadow.adoptedStyleSheets = [style]
    shadow.append(this.#frame, words)
    this.#host.popover = 'manual'
    document.documentElement.append(this.#host)
    // The page's own dialogs and menus are in the top layer too; the newest lies above.
    this.#host.showPopover()
    signal.addEventListener('abort', () => this.#host.remove(), { once: true })
  }

  show({ x, y, width, height }: PageRectangle): void {
    for (const [name, value] of Object.entries({ x, y, width, height })) {
      this.#frame.style.setProperty(`--${name}`, `${value}px`)
    }
  }

  on(type: 'pointerdown' | 'pointermove' | 'pointerup', listener: PointerListener): void {
    this.#host.addEventListener(
      type,
      (event) => {
        event.preventDefault()
        event.stopPropagation()
        if (type === 'pointerdown') this.#host.setPointerCapture(event.pointerId)
        listener(event)
      },
      { signal: this.#signal },
    )
  }

  /** What the person sees at this point of the page. */
  elementBelow({ x, y }: { readonly x: number; readonly y: number }): Element {
    const { document } = this.#host.ownerDocument.defaultView ?? globalThis
    const below = document.elementsFromPoint(x, y).find((element) => element !== this.#host)
    return below ?? document.documentElement
  }
}
