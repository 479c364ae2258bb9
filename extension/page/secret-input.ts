import { namesSecret } from './secret-words.ts'

/** Fields whose content is a secret whatever they are called; `autocomplete` tokens of the HTML standard. */
const SECRET_FIELDS = [
  'input[type=password]',
  ...['current-password', 'new-password', 'one-time-code'].map((token) => `[autocomplete~="${token}" i]`),
  // A box for each digit of a code.
  'input[maxlength="1"]',
].join(',')
/** Of cards: `cc-number`, `cc-csc`, `cc-exp`, `cc-name` and others. */
const CARD_TOKEN = /(^|\s)cc-/i

/** What a person can type a secret into, or has one filled in. */
const EDITABLE =
  'input:not([type=checkbox],[type=radio],[type=button],[type=submit],[type=reset],[type=hidden],[type=range],[type=color]),textarea,select,' +
  '[contenteditable]:not([contenteditable=false]),[role=textbox]'
const NAMES = ['name', 'id', 'aria-label', 'placeholder', 'title', 'autocomplete', 'data-testid']

/** Recognises fields with secrets. It remembers them: a password that is shown for a moment is a text field meanwhile. */
export class SecretInputs {
  readonly #known = new WeakSet<Element>()

  has(element: Element): boolean {
    if (this.#known.has(element)) return true
    const isSecret = isMarked(element) || (element.matches(EDITABLE) && (isNamed(element) || isDotted(element)))
    if (isSecret) this.#known.add(element)
    return isSecret
  }
}

function isMarked(element: Element): boolean {
  return element.matches(SECRET_FIELDS) || CARD_TOKEN.test(element.getAttribute('autocomplete') ?? '')
}

function isNamed(element: Element): boolean {
  return [...NAMES.map((name) => element.getAttribute(name)), ...labelsOf(element)].some(
    (name) => name !== null && namesSecret(name),
  )
}

function labelsOf(element: Element): readonly (string | null)[] {
  const labels = 'labels' in element ? [...((element.labels as NodeListOf<Element> | null) ?? [])] : []
  const root = element.getRootNode() as Document | ShadowRoot
  const named = (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter((id) => id !== '')
  return [...labels, ...named.map((id) => root.getElementById(id))].map((label) => label?.textContent.trim() ?? null)
}

/** A text field that shows dots, as pages do to keep password managers away. */
function isDotted(element: Element): boolean {
  const style = element.ownerDocument.defaultView?.getComputedStyle(element)
  const dots = style?.getPropertyValue('-webkit-text-security') ?? ''
  return dots !== '' && dots !== 'none'
}
