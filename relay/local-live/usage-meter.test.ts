import { describe, expect, it } from 'vitest'
import { UsageMeter } from './usage-meter.ts'

describe('UsageMeter', () => {
  it('counts 25 tokens a second and charges each turn with all before it', () => {
    const meter = new UsageMeter()
    meter.heard(2_000)
    meter.read('four')
    meter.saw()
    expect(meter.endTurn(4_000)).toEqual({
      promptTokenCount: 50 + 1 + 258,
      responseTokenCount: 100,
      totalTokenCount: 409,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 1 },
        { modality: 'IMAGE', tokenCount: 258 },
        { modality: 'AUDIO', tokenCount: 50 },
      ],
      responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 100 }],
    })
    expect(meter.endTurn(0)).toMatchObject({ promptTokenCount: 409, responseTokenCount: 0, responseTokensDetails: [] })
  })
})
