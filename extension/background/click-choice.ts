/** What a click on the toolbar icon means (the panel opens in any case): start, stop, or only look. */
export type ClickChoice = 'start' | 'stop' | 'open'

/**
 * @param active there is a conversation
 * @param panelWasOpen the panel was open in the window of the click, before the click
 */
export function clickChoice(active: boolean, panelWasOpen: boolean): ClickChoice {
  if (!active) return 'start'
  return panelWasOpen ? 'stop' : 'open'
}
