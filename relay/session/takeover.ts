import * as v from 'valibot'
import { type Logger } from '../logger.ts'
import { type Bus } from '../store/bus.ts'

const claimSchema = v.object({ id: v.string(), fence: v.number(), holder: v.string() })
const releaseSchema = v.object({ id: v.string(), fence: v.number() })

export interface TakeoverParts {
  readonly bus: Bus
  readonly instance: string
  /** Another instance has this conversation now, with this fence. */
  readonly onClaimed: (id: string, fence: number) => void
  /** How long an old holder may take to hang up its brain, ms. */
  readonly handoverMs: number
  readonly logger: Logger
}

/**
 * What instances say to each other when a conversation changes hands. It makes the change quick and keeps two brains from
 * being open at once; that two instances never both write is the fence's doing, with or without these words.
 */
export class Takeover {
  readonly #parts: TakeoverParts
  readonly #stops: readonly (() => void)[]
  /** Conversations this instance waits for. */
  readonly #awaited = new Map<string, (fence: number) => void>()

  constructor(parts: TakeoverParts) {
    const { bus, instance, onClaimed } = parts
    this.#parts = parts
    this.#stops = [
      bus.subscribe('claimed', (message) => {
        const claim = v.safeParse(claimSchema, message)
        if (claim.success && claim.output.holder !== instance) onClaimed(claim.output.id, claim.output.fence)
      }),
      bus.subscribe('released', (message) => {
        const release = v.safeParse(releaseSchema, message)
        if (release.success) this.#awaited.get(release.output.id)?.(release.output.fence)
      }),
    ]
  }

  /**
   * Says that this instance has the conversation now.
   *
   * @param hasOtherHolder another instance may have a brain for it
   * @returns when that brain is hung up, or was waited for long enough
   */
  async claimed(id: string, fence: number, hasOtherHolder: boolean): Promise<void> {
    const { bus, instance } = this.#parts
    const released = hasOtherHolder ? this.#released(id, fence) : undefined
    await bus.publish('claimed', { id, fence, holder: instance }).catch((error: unknown) => this.#unsaid(error))
    await released
  }

  /** Says that this instance, which was fenced off with this fence of its own, has hung up. */
  async released(id: string, fence: number): Promise<void> {
    await this.#parts.bus.publish('released', { id, fence }).catch((error: unknown) => this.#unsaid(error))
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #released(id: string, fence: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        this.#awaited.delete(id)
        resolve()
      }
      const timer = setTimeout(settle, this.#parts.handoverMs)
      this.#awaited.set(id, (releasedFence) => {
        if (releasedFence < fence) settle()
      })
    })
  }

  #unsaid(error: unknown): void {
    this.#parts.logger.warn({ error: String(error) }, 'other instances could not be told who has a conversation')
  }
}
