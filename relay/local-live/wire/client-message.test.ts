import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeClientMessage } from './client-message.ts'

function refusal(frame: unknown): string {
  const decoded = decodeClientMessage(typeof frame === 'string' ? frame : JSON.stringify(frame))
  if (decoded.ok) throw new Error('it was accepted')
  expect(decoded.closing.code).toBe(1007)
  return decoded.closing.reason
}

function accepted(frame: unknown): unknown {
  const decoded = decodeClientMessage(JSON.stringify(frame))
  if (!decoded.ok) throw new Error(decoded.closing.reason)
  return decoded.message
}

describe('decodeClientMessage', () => {
  it('reads what the SDK sends', () => {
    expect(accepted({ setup: { model: 'models/m' } })).toMatchObject({ type: 'setup', body: { model: 'models/m' } })
    expect(accepted({ realtimeInput: { activityStart: {} } })).toMatchObject({ type: 'realtimeInput' })
    expect(accepted({ clientContent: { turnComplete: true } })).toMatchObject({
      body: { turns: [], turnComplete: true },
    })
    const response = { id: '1', name: 'f', response: { output: { snake_case: 1 } }, scheduling: 'WHEN_IDLE' }
    expect(accepted({ toolResponse: { functionResponses: [response] } })).toMatchObject({
      body: { functionResponses: [{ ...response, willContinue: false }] },
    })
    expect(
      accepted({ contextUpdate: { tools: { tools: [{ functionDeclarations: [{ name: 'f' }] }] } } }),
    ).toMatchObject({
      type: 'contextUpdate',
    })
  })

  it('takes snake_case for camelCase, but leaves the tools’ own names alone', () => {
    expect(
      accepted({ realtime_input: { media_chunks: [{ mime_type: 'audio/pcm', data: '' }], audio_stream_end: true } }),
    ).toEqual({
      type: 'realtimeInput',
      body: { mediaChunks: [{ mimeType: 'audio/pcm', data: '' }], audioStreamEnd: true },
    })
    const parameters = { type: 'OBJECT', properties: { tab_id: { type: 'NUMBER' } } }
    expect(
      accepted({ setup: { model: 'm', tools: [{ function_declarations: [{ name: 'f', parameters }] }] } }),
    ).toMatchObject({ body: { tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] } })
  })

  it('names an unknown field and its place as the client wrote it', () => {
    expect(refusal({ setup: { model: 'm', x: 1 } })).toBe(
      'Invalid JSON payload received. Unknown name "x" at \'setup\': Cannot find field.',
    )
    expect(refusal({ setup: { model: 'm', generation_config: { is_new: 1 } } })).toBe(
      'Invalid JSON payload received. Unknown name "is_new" at \'setup.generation_config\': Cannot find field.',
    )
    expect(refusal({ setup: { model: 'm', tools: [{}, { fnDecl: [] }] } })).toBe(
      'Invalid JSON payload received. Unknown name "fnDecl" at \'setup.tools[1]\': Cannot find field.',
    )
    expect(refusal({ hello: {} })).toBe('Invalid JSON payload received. Unknown name "hello": Cannot find field.')
  })

  it('wants exactly one message a frame', () => {
    expect(refusal({ setup: { model: 'm' }, clientContent: {} })).toBe(
      "Invalid value (oneof), oneof field 'message_type' is already set. Cannot set 'clientContent'",
    )
    expect(refusal({})).toBe('Request contains an invalid argument.')
  })

  it('refuses values of the wrong kind, and what is no JSON object', () => {
    expect(refusal({ setup: { model: 'm', generationConfig: { temperature: 'hot' } } })).toBe(
      "Invalid value at 'setup.generation_config.temperature'",
    )
    expect(refusal({ setup: { model: 'm', realtimeInputConfig: { activityHandling: 'NEVER' } } })).toBe(
      "Invalid value at 'setup.realtime_input_config.activity_handling'",
    )
    for (const text of ['', '{', '[]', 'null', '"setup"', '7']) {
      expect(refusal(text)).toBe('Invalid JSON payload received. Unexpected token.')
    }
    expect(refusal({ setup: 'now' })).toBe("Invalid value at 'setup'")
  })

  it('lets a token lock a setup before it is checked', () => {
    const decoded = decodeClientMessage('{"setup":{"model":"a","x":1}}', () => ({ model: 'b' }))
    expect(decoded).toMatchObject({ ok: true, message: { body: { model: 'b' } } })
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void decodeClientMessage(text)))
    fc.assert(
      fc.property(
        fc.constantFrom('setup', 'clientContent', 'realtimeInput', 'toolResponse'),
        fc.json(),
        (key, json) => void decodeClientMessage(`{"${key}":${json}}`),
      ),
    )
    decodeClientMessage(`{"setup":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`)
  })
})
