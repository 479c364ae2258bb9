/** The languages that Gemini Live speaks (its documentation, November 2026), as BCP 47 tags. */
const LANGUAGES = [
  'ar',
  'bn-IN',
  'cs-CZ',
  'da-DK',
  'de-DE',
  'el-GR',
  'en-AU',
  'en-GB',
  'en-IN',
  'en-US',
  'es-ES',
  'es-US',
  'fi-FI',
  'fr-CA',
  'fr-FR',
  'gu-IN',
  'he-IL',
  'hi-IN',
  'hu-HU',
  'id-ID',
  'it-IT',
  'ja-JP',
  'kn-IN',
  'ko-KR',
  'ml-IN',
  'mr-IN',
  'nb-NO',
  'nl-NL',
  'pl-PL',
  'pt-BR',
  'pt-PT',
  'ro-RO',
  'ru-RU',
  'sk-SK',
  'sv-SE',
  'ta-IN',
  'te-IN',
  'th-TH',
  'tr-TR',
  'uk-UA',
  'vi-VN',
  'zh-CN',
]

/**
 * The languages by their names, in alphabetical order.
 *
 * @param locale the language the names are in
 * @param chosen a tag that is to be among them; empty: none
 */
export function namedLanguages(
  locale: string,
  chosen: string,
): readonly { readonly value: string; readonly label: string }[] {
  const tags = chosen === '' || LANGUAGES.includes(chosen) ? LANGUAGES : [...LANGUAGES, chosen]
  const names = new Intl.DisplayNames([locale], { type: 'language' })
  const { compare } = new Intl.Collator(locale)
  return tags
    .map((value) => ({ value, label: nameOf(names, value) }))
    .sort((one, other) => compare(one.label, other.label))
}

/** A tag that is none has no name. */
function nameOf(names: Intl.DisplayNames, tag: string): string {
  try {
    return names.of(tag) ?? tag
  } catch {
    return tag
  }
}
