/** A site on one of the lists of the options page. */
export interface ListedSite {
  /** What tells it from the others. */
  readonly key: string
  readonly label: string
  /** It cannot be taken off the list here. */
  readonly locked: boolean
}
