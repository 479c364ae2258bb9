/** Windows whose panel is here, the one the person turned to last at the end: that one plays. */
export class PanelRoster {
  readonly #windows: number[] = []

  /** The window whose panel plays; undefined: none. */
  get owner(): number | undefined {
    return this.#windows.at(-1)
  }

  /** @param takesOver the person turned to it now; else it only says that it is here */
  opened(windowId: number, takesOver: boolean): void {
    if (takesOver) {
      this.#remove(windowId)
      this.#windows.push(windowId)
    } else if (!this.#windows.includes(windowId)) this.#windows.unshift(windowId)
  }

  /** @returns whether that panel was the one that played; what others do is no concern of the conversation's */
  closed(windowId: number): boolean {
    const wasOwner = this.owner === windowId
    this.#remove(windowId)
    return wasOwner
  }

  #remove(windowId: number): void {
    const index = this.#windows.indexOf(windowId)
    if (index >= 0) this.#windows.splice(index, 1)
  }
}
