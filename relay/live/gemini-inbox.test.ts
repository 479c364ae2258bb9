import { type LiveServerMessage } from '@google/genai'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { GeminiAudioShape } from './gemini-audio-shape.ts'
import { GeminiInbox } from './gemini-inbox.ts'
import { type LiveEvent } from './live-model.ts'

const LONG = 'QUJD'.repeat(40)

/** One message of speech, as different servers write it. */
const WRITERS: readonly (readonly [string, (data: string) => string])[] = [
  [
    'compact',
    (data) =>
      `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"${data}"}}]}}}`,
  ],
  [
    'the data first, spaces and lines',
    (data) =>
      `{\n  "serverContent": {\n    "modelTurn": {"parts": [\n {"inlineData": { "data" : "${data}" , "mimeType": "audio/pcm" }}]}}\n}\n`,
  ],
]

function messageOf(json: string): LiveServerMessage {
  return JSON.parse(json) as LiveServerMessage
}

/** What an inbox makes of these frames. */
function received(frames: readonly (string | Buffer)[]) {
  const events: LiveEvent[] = []
  const lines: string[] = []
  const inbox = new GeminiInbox(
    (event) => events.push(event.type === 'audio' ? { ...event, pcm: Buffer.from(event.pcm) } : event),
    createLogger('info', { write: (line) => lines.push(line) }),
  )
  inbox.open()
  for (const frame of frames) inbox.receive(Buffer.from(frame))
  return { events, lines }
}

describe('GeminiAudioShape', () => {
  it.each(WRITERS)('knows the next piece of speech by the first (%s)', (_name, write) => {
    const shape = new GeminiAudioShape()
    expect(shape.soundIn(Buffer.from(write(LONG)))).toBeUndefined()
    shape.learn(Buffer.from(write(LONG)), messageOf(write(LONG)))
    expect(shape.soundIn(Buffer.from(write('MTIz')))?.toString()).toBe('123')
  })

  it.each([
    [
      'says more',
      `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"${LONG}"}}]},"turnComplete":true}}`,
    ],
    [
      'has two parts',
      `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"${LONG}"}},{"text":"a"}]}}}`,
    ],
    [
      'counts tokens',
      `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"${LONG}"}}]}},"usageMetadata":{}}`,
    ],
    [
      'is no sound',
      `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"image/png","data":"${LONG}"}}]}}}`,
    ],
  ])('learns nothing from a message that %s', (_name, json) => {
    const shape = new GeminiAudioShape()
    shape.learn(Buffer.from(json), messageOf(json))
    expect(shape.soundIn(Buffer.from(json))).toBeUndefined()
  })

  it('leaves a message with another string between, or a character in other words, to the parser', () => {
    const [, write] = WRITERS[0]!
    const shape = new GeminiAudioShape()
    shape.learn(Buffer.from(write(LONG)), messageOf(write(LONG)))
    expect(shape.soundIn(Buffer.from(write('AAAA","thought":"AAAA')))).toBeUndefined()
    expect(shape.soundIn(Buffer.from(write(String.raw`AAA\u003d`)))).toBeUndefined()
    expect(shape.soundIn(Buffer.from(write('AAAA').slice(0, -1)))).toBeUndefined()
  })
})

describe('GeminiInbox', () => {
  it.each(WRITERS)('hears the same in a frame it recognises as in one it parses (%s)', (_name, write) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 0, maxLength: 200 }), { maxLength: 6 }), (pieces) => {
        const frames = pieces.map((pcm) => write(Buffer.from(pcm).toString('base64')))
        const apart = frames.flatMap((frame) => received([frame]).events)
        expect(received([write(LONG), ...frames]).events.slice(1)).toEqual(apart)
      }),
    )
  })

  it('hears the same whatever comes between', () => {
    const frame = fc.oneof(
      fc.uint8Array({ minLength: 2, maxLength: 90 }).map((pcm) => WRITERS[0]![1](Buffer.from(pcm).toString('base64'))),
      fc.constantFrom(
        '{"serverContent":{"turnComplete":true}}',
        WRITERS[1]![1](LONG),
        WRITERS[0]![1](String.raw`QUJD\u003d`),
      ),
    )
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        expect(received(frames).events).toEqual(frames.flatMap((one) => received([one]).events))
      }),
    )
  })

  it('says so when a frame is no JSON', () => {
    const { events, lines } = received(['{"serverContent":', Buffer.from([0xff])])
    expect(events).toEqual([])
    expect(lines).toHaveLength(2)
  })
})
