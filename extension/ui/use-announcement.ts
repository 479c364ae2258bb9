import { readonly, type Ref, ref, watch } from 'vue'
import { type CaptionTurn } from '../messaging/voice-state.ts'

/** What assistive technology is to say next: each finished answer once, and nothing of what was there before. */
export class Announcements {
  readonly #known: Set<string>

  /** @param turns that are here already */
  constructor(turns: readonly CaptionTurn[]) {
    this.#known = new Set(finishedOf(turns).map(({ key }) => key))
  }

  /** @returns the newest answer that has been finished since; undefined when there is none */
  next(turns: readonly CaptionTurn[]): string | undefined {
    const fresh = finishedOf(turns).filter(({ key }) => !this.#known.has(key))
    for (const { key } of fresh) this.#known.add(key)
    return fresh.at(-1)?.assistant?.text
  }
}

/** The text of a polite live region: answers as they are finished, while `isOn`. */
export function useAnnouncement(turns: Readonly<Ref<readonly CaptionTurn[]>>, isOn: Readonly<Ref<boolean>>) {
  const text = ref('')
  const announcements = new Announcements(turns.value)
  watch(turns, (now) => {
    const next = announcements.next(now)
    if (next !== undefined && isOn.value) text.value = next
  })
  return readonly(text)
}

function finishedOf(turns: readonly CaptionTurn[]): readonly CaptionTurn[] {
  return turns.filter(({ assistant }) => assistant?.final === true && assistant.text !== '')
}
