import { describe, expect, it } from 'vitest'
import { decodeClientMessage } from '../../shared/protocol/codec.ts'
import { IDLE_VOICE_STATE } from '../messaging/voice-state.ts'
import { contextOf } from './conversation-context.ts'

describe('contextOf', () => {
  it('tells the sensors as they are', () => {
    const state = { ...IDLE_VOICE_STATE, microphoneOpen: true, sharing: { source: 'tab' as const } }
    expect(contextOf(state, undefined)).toEqual({
      type: 'context.update',
      sensors: { mic: true, tab: true, camera: false, screen: false },
    })
  })

  it('stays within the protocol however long a title and an address are', () => {
    const page = { title: 't'.repeat(5000), url: `data:text/html,${'u'.repeat(9000)}` }
    expect(decodeClientMessage(JSON.stringify(contextOf(IDLE_VOICE_STATE, page))).ok).toBe(true)
  })
})
