import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TurnTaking } from './turn-taking.ts'
import { type Uplink } from './uplink.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const PCM = new Uint8Array(2)

function stage(isManual: boolean) {
  const told: string[] = []
  const state = { isFree: true }
  const uplink = {
    audio: (seq: number) => void told.push(`sound ${seq}`),
    signal: (kind: string) => void told.push(kind),
    detach: () => void told.push('detach'),
    turnTakingChanged: () => void told.push('other way'),
  }
  const turnTaking = new TurnTaking({
    uplink: uplink as unknown as Uplink,
    isManual,
    isFree: () => state.isFree,
    onSwitch: () => void told.push('switch'),
    onUnwanted: (seq) => void told.push(`unwanted ${seq}`),
  })
  const speak = (seq: number) => turnTaking.microphone(seq, PCM, false)
  return { told, state, turnTaking, speak }
}

describe('turns that a button takes', () => {
  it('begin and end with it, and sound outside of it is nobody’s', () => {
    const { told, turnTaking, speak } = stage(true)
    speak(1)
    for (const type of ['activity.start', 'activity.start'] as const) expect(turnTaking.signal(type)).toBe(true)
    speak(2)
    for (const type of ['activity.end', 'activity.end'] as const) expect(turnTaking.signal(type)).toBe(true)
    speak(3)
    expect(turnTaking.signal('audio.end')).toBe(false)
    expect(told).toEqual(['unwanted 1', 'start', 'sound 2', 'end', 'unwanted 3'])
  })

  it('end when the client does not come back', () => {
    const { told, turnTaking } = stage(true)
    turnTaking.signal('activity.start')
    turnTaking.clientLeft()
    vi.advanceTimersByTime(4_999)
    expect(told).toEqual(['start'])
    expect(turnTaking.isHeld).toBe(true)
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['start', 'end'])
    turnTaking.signal('activity.start')
    expect(told).toEqual(['start', 'end', 'start'])
  })

  it('go on when it comes back in time and still holds it', () => {
    const { told, turnTaking, speak } = stage(true)
    turnTaking.signal('activity.start')
    turnTaking.clientLeft()
    vi.advanceTimersByTime(4_000)
    turnTaking.signal('activity.start')
    vi.advanceTimersByTime(60_000)
    speak(1)
    expect(told).toEqual(['start', 'sound 1'])
  })

  it('end when it comes back and holds nothing', () => {
    const { told, turnTaking, speak } = stage(true)
    turnTaking.signal('activity.start')
    turnTaking.clientLeft()
    speak(1)
    vi.advanceTimersByTime(60_000)
    expect(told).toEqual(['start', 'end', 'unwanted 1'])
  })
})

describe('a change of how turns are taken', () => {
  it('to a button stops what is heard, and begins with the next connection', () => {
    const { told, turnTaking, speak } = stage(false)
    speak(1)
    turnTaking.wants(true)
    speak(2)
    turnTaking.connecting()
    turnTaking.signal('activity.start')
    speak(3)
    expect(told).toEqual(['sound 1', 'pause', 'unwanted 2', 'other way', 'start', 'sound 3'])
  })

  it('to a button calls for that connection when it is pressed', () => {
    const { told, turnTaking, speak } = stage(false)
    turnTaking.wants(true)
    turnTaking.signal('activity.start')
    speak(1)
    turnTaking.signal('activity.end')
    turnTaking.connecting()
    expect(told).toEqual(['pause', 'detach', 'other way', 'switch', 'start', 'sound 1', 'end'])
  })

  it('from a button waits for the answer to what was said with it', () => {
    const { told, state, turnTaking, speak } = stage(true)
    turnTaking.signal('activity.start')
    turnTaking.wants(false)
    speak(1)
    turnTaking.signal('activity.end')
    state.isFree = false
    speak(2)
    state.isFree = true
    speak(3)
    speak(4)
    expect(turnTaking.signal('activity.start')).toBe(false)
    expect(turnTaking.signal('audio.end')).toBe(true)
    const before = ['start', 'sound 1', 'end', 'unwanted 2']
    expect(told).toEqual([...before, 'detach', 'other way', 'switch', 'sound 3', 'sound 4', 'pause'])
  })

  it('that is taken back before anybody spoke changes nothing', () => {
    const { told, turnTaking, speak } = stage(true)
    turnTaking.wants(false)
    turnTaking.wants(true)
    speak(1)
    turnTaking.connecting()
    turnTaking.signal('activity.start')
    expect(told).toEqual(['unwanted 1', 'start'])
  })
})
