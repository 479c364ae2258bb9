import { type PageVerbs } from './page-findings.ts'
import { readPageText } from './page-text.ts'
import { painted } from './painted.ts'
import { findSecretFields } from './secret-fields.ts'
import { SecretInputs } from './secret-input.ts'

/** @param openShadow reads shadow trees, closed ones too where the browser lets us */
export function createPageVerbs(openShadow: (element: Element) => ShadowRoot | null): PageVerbs {
  const eyes = { openShadow, secrets: new SecretInputs() }
  return {
    readPageText: () => readPageText(document),
    findSecretFields: async () => {
      await painted(window)
      return findSecretFields(window, eyes)
    },
  }
}
