import { describe, expect, it } from 'vitest'
import { type RelayClientState } from '../../shared/client/relay-client.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import {
  type Conversation,
  conversationAfter,
  isAnswering,
  NO_CONVERSATION,
  problemOf,
  type VoiceEvent,
  voiceStateOf,
} from './voice-state.ts'

const READY: ServerMessage = {
  type: 'session.ready',
  sessionId: 's1',
  resumeToken: 't',
  resumed: false,
  seq: 0,
  user: { id: 'local', name: 'me' },
  brain: 'local',
  model: 'aside-local',
  voice: 'v',
  expiresAt: '',
  capabilities: {},
  limits: {},
}
const START: VoiceEvent = { type: 'started', fresh: true }
const FLOWING: VoiceEvent = { type: 'microphone', captured: true, sent: true }

const connection = (state: RelayClientState): VoiceEvent => ({ type: 'connection', state })
const message = (of: ServerMessage): VoiceEvent => ({ type: 'message', message: of })
const said = (turn: number, role: 'user' | 'assistant'): VoiceEvent =>
  message({ type: 'transcript.final', seq: 1, turn, role, text: 'Words.', at: '' })
const OPEN = connection({ name: 'open' })

function after(...events: VoiceEvent[]): Conversation {
  return events.reduce(conversationAfter, NO_CONVERSATION)
}
const status = (...events: VoiceEvent[]) => voiceStateOf(after(...events)).status.name

const LISTENING = [START, OPEN, message(READY), FLOWING]

describe('the state of a conversation', () => {
  it('is connecting until the relay, its brain and the microphone are there', () => {
    expect(status()).toBe('idle')
    expect(status(START)).toBe('connecting')
    expect(status(START, FLOWING)).toBe('connecting')
    expect(status(START, OPEN, message(READY))).toBe('connecting')
    expect(status(...LISTENING)).toBe('listening')
    const loading = message({ type: 'session.state', upstream: 'connecting' })
    expect(status(...LISTENING, loading)).toBe('connecting')
    expect(status(...LISTENING, loading, message({ type: 'session.state', upstream: 'live' }))).toBe('listening')
  })

  it('thinks after the user spoke, speaks while speech is on its way or heard, then listens', () => {
    const thinking = [...LISTENING, said(1, 'user')]
    expect(status(...thinking)).toBe('thinking')
    const speaking: VoiceEvent[] = [...thinking, { type: 'speech', turn: 1 }]
    expect(status(...speaking)).toBe('speaking')
    const sent = [...speaking, message({ type: 'turn.complete', turn: 1, timings: {} })]
    expect(status(...sent)).toBe('speaking')
    expect(status(...sent, { type: 'spoken', turn: 1 })).toBe('listening')
    expect(status(...thinking, message({ type: 'turn.complete', turn: 1, timings: {} }))).toBe('listening')
  })

  it('does not think again when the words of an answered turn are settled late', () => {
    const answered: VoiceEvent[] = [
      ...LISTENING,
      { type: 'speech', turn: 1 },
      message({ type: 'turn.complete', turn: 1, timings: {} }),
      { type: 'spoken', turn: 1 },
      said(1, 'user'),
    ]
    expect(status(...answered)).toBe('listening')
    expect(status(...answered, said(2, 'user'))).toBe('thinking')
  })

  it('falls silent with an interruption, but not with one of an older turn', () => {
    const speaking: VoiceEvent[] = [...LISTENING, { type: 'speech', turn: 2 }]
    expect(status(...speaking, message({ type: 'turn.interrupted', turn: 1 }))).toBe('speaking')
    expect(status(...speaking, { type: 'spoken', turn: 1 })).toBe('speaking')
    expect(status(...speaking, message({ type: 'turn.interrupted', turn: 2 }))).toBe('listening')
  })

  it('can be silenced while it thinks or speaks', () => {
    expect(isAnswering(after(...LISTENING))).toBe(false)
    expect(isAnswering(after(...LISTENING, said(1, 'user')))).toBe(true)
    expect(isAnswering(after(...LISTENING, { type: 'speech', turn: 1 }))).toBe(true)
    expect(isAnswering(NO_CONVERSATION)).toBe(false)
  })

  it('reconnects from the drop until the relay is open again', () => {
    const dropped = [...LISTENING, connection({ name: 'reconnecting', delayMs: 10, code: 1006, reason: '' })]
    expect(status(...dropped)).toBe('reconnecting')
    expect(status(...dropped, connection({ name: 'connecting', attempt: 2 }))).toBe('reconnecting')
    expect(status(...dropped, connection({ name: 'connecting', attempt: 2 }), OPEN)).toBe('listening')
    expect(status(...LISTENING, message({ type: 'session.state', upstream: 'reconnecting' }))).toBe('reconnecting')
  })

  it('shows the microphone open exactly while its frames flow', () => {
    const open = (...events: VoiceEvent[]) => voiceStateOf(after(...events)).microphoneOpen
    expect(open(START, OPEN)).toBe(false)
    expect(open(...LISTENING)).toBe(true)
    expect(open(...LISTENING, { type: 'microphone', captured: false, sent: false })).toBe(false)
    expect(status(...LISTENING, { type: 'microphone', captured: false, sent: false })).toBe('listening')
  })

  it('does not wait for a frame of a microphone that is muted', () => {
    const muted = voiceStateOf(after(START, OPEN, { type: 'muted', muted: true }))
    expect([muted.status.name, muted.muted, muted.microphoneOpen]).toEqual(['listening', true, false])
  })

  it('fails with the problem, and keeps what was said', () => {
    const failed = after(...LISTENING, said(1, 'user'), { type: 'failed', problem: 'microphone-lost', detail: 'gone' })
    const state = voiceStateOf(failed)
    expect(state.status).toEqual({ name: 'error', problem: 'microphone-lost', detail: 'gone' })
    expect(state.turns).toHaveLength(1)
    expect(voiceStateOf(conversationAfter(failed, { type: 'started', fresh: false })).turns).toHaveLength(1)
    expect(voiceStateOf(conversationAfter(failed, START)).turns).toHaveLength(0)
  })

  it('keeps captions coming while it is paused, and wakes nobody', () => {
    const paused = after(...LISTENING, { type: 'stopped' }, said(1, 'assistant'), { type: 'speech', turn: 1 })
    expect(voiceStateOf(paused)).toMatchObject({ status: { name: 'idle' }, turns: [{ turn: 1 }] })
  })

  it('is the same object after an event that changes nothing', () => {
    const listening = after(...LISTENING)
    expect(conversationAfter(listening, message({ type: 'audio.ack', seq: 3 }))).toBe(listening)
    const speaking = conversationAfter(listening, { type: 'speech', turn: 1 })
    expect(conversationAfter(speaking, { type: 'speech', turn: 1 })).toBe(speaking)
  })

  it('names the brain and the sharing', () => {
    const state = voiceStateOf(after(...LISTENING, { type: 'sharing', sharing: { problem: 'capture-failed' } }))
    expect(state.brain).toEqual({ kind: 'local', model: 'aside-local', voice: 'v', unsupported: [] })
    expect(state.sharing).toEqual({ problem: 'capture-failed' })
  })
})

describe('problemOf', () => {
  it.each([
    [1000, undefined],
    [0, 'relay-refused'],
    [4501, 'relay-refused'],
    [4505, 'relay-refused'],
    [4508, 'relay-refused'],
    [4509, 'superseded'],
    [4500, 'internal'],
    [4503, 'internal'],
    [1009, 'internal'],
  ])('calls close code %i %s', (code, problem) => {
    expect(problemOf({ name: 'closed', code, reason: '' })).toBe(problem)
  })
})
