import { type ClientMessageOf } from '../protocol/client-message.ts'

type Signal = ClientMessageOf<'activity.start'> | ClientMessageOf<'activity.end'>

/**
 * Where hold-to-talk begins and ends among the microphone's frames. A hold is a number, 0 is none; frames bear the one they
 * were said in, so that after a reconnect each hold is said again around the frames that are.
 */
export class HeldTalk {
  #count = 0
  #current = 0
  /** As the relay was told last, on whichever socket. */
  #told = 0
  #hasTold = false
  /** A new socket was not told anything yet: the relay may know what it was told before, or not. */
  #isUnsure = false

  /** The hold that goes on now. */
  get current(): number {
    return this.#current
  }

  take({ type }: Signal): void {
    if (type === 'activity.end') this.#current = 0
    else if (this.#current === 0) this.#current = ++this.#count
  }

  newSocket(): void {
    // Who was told nothing knows nothing.
    this.#isUnsure = this.#hasTold
  }

  /** @returns what the relay has to hear before frames of this hold; saying a thing twice changes nothing there */
  changeTo(hold: number): readonly Signal[] {
    const isSame = hold === this.#told
    const mayBeOther = this.#isUnsure && (!isSame || hold === 0)
    const ends = mayBeOther || (!isSame && this.#told !== 0)
    const starts = hold !== 0 && (!isSame || this.#isUnsure)
    this.#told = hold
    this.#isUnsure = false
    this.#hasTold ||= starts
    return [
      ...(ends ? [{ type: 'activity.end' } as const] : []),
      ...(starts ? [{ type: 'activity.start' } as const] : []),
    ]
  }
}
