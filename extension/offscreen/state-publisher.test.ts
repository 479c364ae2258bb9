import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IDLE_VOICE_STATE, type VoiceState } from '../messaging/voice-state.ts'
import { StatePublisher } from './state-publisher.ts'

const saying = (text: string): VoiceState => ({
  ...IDLE_VOICE_STATE,
  status: { name: 'listening' },
  turns: [{ key: 's:1', turn: 1, tools: [], user: { text, final: false, interrupted: false } }],
})

describe('StatePublisher', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells what counts at once and growing captions together, the newest last', () => {
    const posted: VoiceState[] = []
    const publisher = new StatePublisher((state) => posted.push(state))
    publisher.publish(saying('one'))
    publisher.publish(saying('one two'))
    publisher.publish(saying('one two three'))
    expect(posted).toEqual([saying('one')])
    vi.runAllTimers()
    expect(posted).toEqual([saying('one'), saying('one two three')])

    publisher.publish(saying('one two three four'))
    publisher.publish({ ...saying('one two three four'), muted: true })
    expect(posted).toHaveLength(3)
    expect(posted[2]?.muted).toBe(true)
    vi.runAllTimers()
    expect(posted).toHaveLength(3)
  })
})
