import { describe, expect, it } from 'vitest'
import { voiceOffer } from './voice-offer.ts'

const relay = {
  models: [
    { name: 'first', voices: ['Kore', 'Puck'], unsupported: ['affective'] },
    { name: 'second', voices: ['Leda'], unsupported: ['temperature', 'mediaResolution', 'browserTools'] },
  ],
}
const offered = (model: string, name: string) => voiceOffer(relay, { model, name })

describe('voiceOffer', () => {
  it('has what the relay’s own choice can do, and calls it by name', () => {
    expect(offered('', '')).toEqual({
      model: 'first',
      models: [
        { kind: 'usual', value: '', name: 'first' },
        { kind: 'offered', value: 'second', name: 'second' },
      ],
      voices: [
        { kind: 'usual', value: '', name: 'Kore' },
        { kind: 'offered', value: 'Puck', name: 'Puck' },
      ],
      unsupported: ['affective'],
    })
  })

  it('has what the chosen model can do, and says that its voices are others', () => {
    const offer = offered('second', 'Puck')
    expect(offer).toMatchObject({ model: 'second', unsupported: ['temperature', 'mediaResolution'] })
    expect(offer.voices).toEqual([
      { kind: 'usual', value: '', name: 'Leda' },
      { kind: 'unknown', value: 'Puck', name: 'Puck' },
    ])
  })

  it('keeps the relay’s own choice where it was chosen by name', () => {
    expect(offered('first', 'Kore').models.at(-1)).toEqual({ kind: 'offered', value: 'first', name: 'first' })
    expect(offered('first', 'Kore').voices.at(-1)).toEqual({ kind: 'offered', value: 'Kore', name: 'Kore' })
  })

  it('says of a model that is gone what the relay’s own choice can do instead', () => {
    const offer = offered('gone', '')
    expect(offer.model).toBe('first')
    expect(offer.models.at(-1)).toEqual({ kind: 'unknown', value: 'gone', name: 'gone' })
  })

  it.each([undefined, { models: [] }])('keeps what was chosen where nobody says what there is: %j', (silent) => {
    expect(voiceOffer(silent, { model: 'mine', name: '' })).toEqual({
      model: '',
      models: [
        { kind: 'usual', value: '', name: '' },
        { kind: 'stored', value: 'mine', name: 'mine' },
      ],
      voices: [{ kind: 'usual', value: '', name: '' }],
      unsupported: [],
    })
  })
})
