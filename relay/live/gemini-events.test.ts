import { LiveServerMessage } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { liveEventsOf } from './gemini-events.ts'

function eventsOf(json: unknown) {
  return liveEventsOf(Object.assign(new LiveServerMessage(), json))
}

const PCM = Buffer.from([1, 0, 2, 0, 3, 0])
const audio = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: PCM.toString('base64') } }

describe('liveEventsOf', () => {
  it('decodes speech once, from base64 to bytes', () => {
    expect(eventsOf({ serverContent: { modelTurn: { parts: [audio, audio] } } })).toEqual([
      { type: 'audio', pcm: PCM },
      { type: 'audio', pcm: PCM },
    ])
  })

  it('loses no field of a message that carries several, and orders them by what acts first', () => {
    const events = eventsOf({
      serverContent: {
        modelTurn: { parts: [audio] },
        inputTranscription: { text: 'what', finished: true },
        outputTranscription: { text: 'It is' },
        generationComplete: true,
        turnComplete: true,
        turnCompleteReason: 'NEED_MORE_INPUT',
        interrupted: true,
      },
      toolCall: { functionCalls: [{ id: 'c1', name: 'read_page', args: { part: 'all' } }] },
      toolCallCancellation: { ids: ['c0'] },
      usageMetadata: { promptTokenCount: 10, responseTokenCount: 5, totalTokenCount: 15 },
      sessionResumptionUpdate: { newHandle: 'h', resumable: true },
      goAway: { timeLeft: '50s' },
    })
    expect(events).toEqual([
      { type: 'interrupted' },
      { type: 'inputTranscript', text: 'what', finished: true },
      { type: 'outputTranscript', text: 'It is' },
      { type: 'audio', pcm: PCM },
      { type: 'toolCallCancellation', ids: ['c0'] },
      { type: 'toolCall', calls: [{ id: 'c1', name: 'read_page', args: { part: 'all' } }] },
      { type: 'generationComplete' },
      { type: 'usage', promptTokens: 10, responseTokens: 5, totalTokens: 15 },
      { type: 'turnComplete', reason: 'NEED_MORE_INPUT' },
      { type: 'resumption', resumable: true, handle: 'h' },
      { type: 'goAway', timeLeftMs: 50_000 },
    ])
  })

  it('takes a flag that says false for a flag that is not there', () => {
    expect(eventsOf({ serverContent: { interrupted: false, turnComplete: false, generationComplete: false } })).toEqual(
      [],
    )
  })

  it('says nothing for thoughts, empty transcripts, other media and unknown fields', () => {
    const parts = [{ text: 'hm', thought: true }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }, {}]
    expect(
      eventsOf({ serverContent: { modelTurn: { parts }, outputTranscription: { text: '' }, novelty: 1 } }),
    ).toEqual([])
    expect(eventsOf({ setupComplete: {}, somethingNew: true })).toEqual([])
  })

  it('never passes half a sample on', () => {
    const odd = { inlineData: { mimeType: 'audio/pcm', data: Buffer.from([1, 0, 2]).toString('base64') } }
    expect(eventsOf({ serverContent: { modelTurn: { parts: [odd] } } })).toEqual([
      { type: 'audio', pcm: Buffer.from([1, 0]) },
    ])
  })

  it('answers to a call without an id by its name', () => {
    expect(eventsOf({ toolCall: { functionCalls: [{ name: 'read_page' }] } })).toEqual([
      { type: 'toolCall', calls: [{ id: 'read_page', name: 'read_page', args: {} }] },
    ])
  })

  it('keeps the end of a transcript that bears no words', () => {
    expect(eventsOf({ serverContent: { inputTranscription: { finished: true } } })).toEqual([
      { type: 'inputTranscript', text: '', finished: true },
    ])
  })
})
