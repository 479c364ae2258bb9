import { type PageText, readPageText } from './page-text.ts'
import { findSecretFields, type SecretFields } from './secret-fields.ts'

/** Where the verbs are kept in a page's isolated world: its own scripts cannot see them. */
export const PAGE_VERBS = 'asidePageVerbs'

/** Everything that may be done inside a web page: a fixed set, in the package, without arguments from the model. */
export interface PageVerbs {
  readPageText(): PageText
  findSecretFields(): SecretFields
}

/** @param openShadow reads shadow trees, closed ones too where the browser lets us */
export function createPageVerbs(openShadow: (element: Element) => ShadowRoot | null): PageVerbs {
  return {
    readPageText: () => readPageText(document),
    findSecretFields: () => findSecretFields(window, openShadow),
  }
}
