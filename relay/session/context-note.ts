import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'

export type Context = Omit<ClientMessageOf<'context.update'>, 'type'>

/**
 * What is true in the browser now, for the brain. Sent by itself it would cut speech, so the newest goes in front of the
 * next typed turn, once.
 */
export class ContextNote {
  #note: string | undefined
  #told: string | undefined

  update(context: Context): void {
    this.#note = describe(context)
  }

  /** @returns the text with what changed since the brain was last told, if anything did */
  putBefore(text: string): string {
    const note = this.#note
    if (note === undefined || note === this.#told) return text
    this.#told = note
    return `<context>${note}</context>\n${text}`
  }

  /** A new brain was told nothing yet. */
  forget(): void {
    this.#told = undefined
  }
}

function describe({ page, sensors }: Context): string {
  const seen = [
    [sensors.tab, 'the tab'],
    [sensors.camera, 'the camera'],
    [sensors.screen, 'the screen'],
  ] as const
  const shared = seen.filter(([isOn]) => isOn).map(([, name]) => name)
  const sentences = [
    page === undefined
      ? ''
      : `The page in front is “${plain(page.title)}” at ${plain(page.url)}${language(page.lang)}.`,
    shared.length === 0 ? 'No picture is shared.' : `Pictures are shared of ${shared.join(', ')}.`,
    sensors.mic ? '' : 'The microphone is off.',
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

function language(tag: string): string {
  return tag === '' ? '' : ` (${plain(tag)})`
}

/** A page chooses its own title: it must not be able to end the note and speak for the user. */
function plain(text: string): string {
  return text
    .replace(/[<>“”\p{Cc}\p{Cf}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
}
