import { describe, expect, it } from 'vitest'
import { type ShownStatus } from '../messaging/messages.ts'
import { iconChoice } from './icon-choice.ts'

const status = (name: ShownStatus['name'], change: Partial<ShownStatus> = {}): ShownStatus => ({
  name,
  muted: false,
  sharing: false,
  waitsForHold: false,
  ...change,
})

describe('iconChoice', () => {
  it('has a shape of its own for every state', () => {
    const names = ['idle', 'connecting', 'listening', 'thinking', 'speaking', 'reconnecting', 'error'] as const
    const shapes = [
      ...names.map((name) => iconChoice(status(name)).shape),
      iconChoice(status('listening', { muted: true })).shape,
    ]
    expect(shapes).toEqual([...names, 'muted'])
  })

  it('shows muted while it would listen, and what matters more otherwise', () => {
    const muted = (name: ShownStatus['name']) => iconChoice(status(name, { muted: true })).shape
    expect([muted('listening'), muted('thinking'), muted('speaking'), muted('error'), muted('idle')]).toEqual([
      'muted',
      'muted',
      'speaking',
      'error',
      'idle',
    ])
  })

  it('shows that it does not hear until it is held, without a reminder', () => {
    expect(iconChoice(status('listening', { waitsForHold: true }))).toMatchObject({ shape: 'muted', badge: '' })
    expect(iconChoice(status('speaking', { waitsForHold: true })).shape).toBe('speaking')
  })

  it('shows the eye in any state, and a word for what a shape may be missed for', () => {
    expect(iconChoice(status('speaking', { sharing: true }))).toEqual({
      shape: 'speaking',
      eye: true,
      badge: '',
      tone: 'voice',
    })
    expect(iconChoice(status('error')).badge).toBe('!')
    expect(iconChoice(status('listening', { muted: true })).badge).toBe('off')
  })
})
