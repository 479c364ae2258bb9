import * as v from 'valibot'
import { type Route } from './live-routes.ts'

const handleSchema = v.object({
  handle: v.string(),
  /** It works with the model and the key it was given out for. */
  model: v.string(),
  keyId: v.string(),
  /** When it was given out, or its connection ended, ms since 1970. */
  atMs: v.number(),
})

type LiveHandle = Readonly<v.InferOutput<typeof handleSchema>>

/** Gemini forgets a session two hours after its last connection; what is nearly that old is not worth the try. */
const LIFE_MS = 110 * 60_000

/** Keeps what one conversation needs to go on with on another connection: the newest handle. */
export class ResumeHandle {
  readonly #onChange: (saved: string | undefined) => void
  readonly #now: () => number
  #handle: LiveHandle | undefined

  /**
   * @param saved what `onChange` was told in an earlier life of the conversation, perhaps on another instance
   * @param onChange told what to keep for a later life, and when there is nothing any more
   * @param now ms since 1970
   */
  constructor(saved: string | undefined, onChange: (saved: string | undefined) => void, now: () => number = Date.now) {
    this.#handle = saved === undefined ? undefined : read(saved)
    this.#onChange = onChange
    this.#now = now
  }

  /** Where the newest handle works. */
  get home(): { readonly model: string; readonly keyId: string } | undefined {
    return this.#handle
  }

  /** @returns the handle for a call there, if there is one that can work */
  for({ model, key }: Route): string | undefined {
    const held = this.#handle
    if (held?.model !== model || held.keyId !== key.id) return undefined
    return this.#now() - held.atMs < LIFE_MS ? held.handle : undefined
  }

  /** The brain told of resumption. In the middle of an answer it cannot be resumed: the handle before stays. */
  told({ model, key }: Route, news: { readonly handle?: string; readonly resumable: boolean }): void {
    if (!news.resumable || news.handle === undefined || news.handle === '') return
    this.#handle = { handle: news.handle, model, keyId: key.id, atMs: this.#now() }
    this.#onChange(JSON.stringify(this.#handle))
  }

  /** A connection it came from ended now: that long it is remembered from now on. */
  connectionEnded(): void {
    if (this.#handle !== undefined) this.#handle = { ...this.#handle, atMs: this.#now() }
  }

  drop(): void {
    if (this.#handle === undefined) return
    this.#handle = undefined
    this.#onChange(undefined)
  }
}

/** @returns undefined for what no relay of this kind wrote */
function read(saved: string): LiveHandle | undefined {
  try {
    const { success, output } = v.safeParse(handleSchema, JSON.parse(saved))
    return success ? output : undefined
  } catch {
    return undefined
  }
}
