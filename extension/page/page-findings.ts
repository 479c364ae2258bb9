/** Where the verbs are kept in a page's isolated world: its own scripts cannot see them. */
export const PAGE_VERBS = 'asidePageVerbs'

/** Everything that may be done inside a web page: a fixed set, in the package, without arguments from the model. */
export interface PageVerbs {
  readPageText(): PageText
  /** After the next painting. */
  findSecretFields(): Promise<SecretFields>
}

export interface PageText {
  readonly title: string
  readonly url: string
  /** BCP 47, empty when the page does not say. */
  readonly lang: string
  readonly text: string
  /** The page goes on after this. */
  readonly truncated: boolean
  /** The page's article, or everything that is visible because there is no clear one. */
  readonly part: 'article' | 'everything'
  /** e.g. `text/html`; a PDF shows itself here, since its text cannot be read. */
  readonly contentType: string
}

/** A part of what is visible of the page: fractions of its width and height, 0–1; parts outside reach beyond. */
export interface VisibleArea {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What must not be in a picture of the page, as it stands at one moment. */
export interface SecretFields {
  readonly url: string
  readonly areas: readonly VisibleArea[]
  /** What is visible of the page, screen pixels: a picture of another size is not the one the areas are for. */
  readonly viewport: { readonly width: number; readonly height: number }
}
