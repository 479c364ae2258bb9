import { describe, expect, it } from 'vitest'
import { PanelRoster } from './panel-roster.ts'

describe('PanelRoster', () => {
  it('lets the panel play that the person turned to last', () => {
    const panels = new PanelRoster()
    expect(panels.owner).toBeUndefined()
    panels.opened(1, true)
    panels.opened(2, true)
    expect(panels.owner).toBe(2)
    panels.opened(1, true)
    expect(panels.owner).toBe(1)
  })

  it('takes nothing from who plays when another one only says that it is here', () => {
    const panels = new PanelRoster()
    panels.opened(1, true)
    panels.opened(2, false)
    panels.opened(1, false)
    expect(panels.owner).toBe(1)
  })

  it('knows whether the one that closes was the one that played, and who is left', () => {
    const panels = new PanelRoster()
    for (const windowId of [1, 2, 3]) panels.opened(windowId, true)
    expect(panels.closed(1)).toBe(false)
    expect(panels.closed(3)).toBe(true)
    expect(panels.owner).toBe(2)
    expect(panels.closed(3)).toBe(false)
    expect(panels.closed(2)).toBe(true)
    expect(panels.owner).toBeUndefined()
  })
})
