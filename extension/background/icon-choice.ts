import { type StateName } from '../ui/state-shape.ts'
import { type ShownStatus } from '../messaging/messages.ts'

/** What the toolbar icon looks like: a shape, never colour alone, and a word where a shape may be missed. */
export interface IconChoice {
  readonly shape: StateName
  /** The eye: a picture of the tab is being shared. */
  readonly eye: boolean
  /** At most four letters. */
  readonly badge: string
  readonly tone: 'quiet' | 'voice' | 'warn' | 'error'
}

/** Which icon says what the conversation says. */
export function iconChoice({ name, muted, waitsForHold, sharing }: ShownStatus): IconChoice {
  const isUnheard = muted || waitsForHold
  const shape = isUnheard && (name === 'listening' || name === 'thinking') ? 'muted' : name
  // Who holds to talk is not reminded all the time that it does not hear.
  return { shape, eye: sharing, badge: waitsForHold && shape === 'muted' ? '' : badgeOf(shape), tone: toneOf(shape) }
}

function badgeOf(shape: StateName): string {
  switch (shape) {
    case 'error':
      return '!'
    case 'muted':
      return 'off'
    case 'reconnecting':
      return '…'
    default:
      return ''
  }
}

function toneOf(shape: StateName): IconChoice['tone'] {
  switch (shape) {
    case 'idle':
    case 'muted':
      return 'quiet'
    case 'error':
      return 'error'
    case 'reconnecting':
      return 'warn'
    default:
      return 'voice'
  }
}
