import { type PageVerbs } from './page-findings.ts'
import { readPageText } from './page-text.ts'
import { findSecretFields } from './secret-fields.ts'

/** @param openShadow reads shadow trees, closed ones too where the browser lets us */
export function createPageVerbs(openShadow: (element: Element) => ShadowRoot | null): PageVerbs {
  return {
    readPageText: () => readPageText(document),
    findSecretFields: () => findSecretFields(window, openShadow),
  }
}
