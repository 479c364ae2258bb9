/** What a click on the toolbar icon means (the panel opens in any case): start, stop, talk in this window, or only look. */
export type ClickChoice = 'start' | 'stop' | 'take-over' | 'open'

/** What is known of the window of the click, before the click. */
export interface ClickedWindow {
  readonly id: number
  readonly panelWasOpen: boolean
}

/**
 * @param active there is a conversation
 * @param panelWindow the window whose panel plays, as far as anybody said
 */
export function clickChoice(active: boolean, panelWindow: number | undefined, clicked: ClickedWindow): ClickChoice {
  if (!active) return 'start'
  if (panelWindow !== undefined && panelWindow !== clicked.id) return 'take-over'
  return clicked.panelWasOpen ? 'stop' : 'open'
}
