import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameSlicer } from './frame-slicer.ts'

describe('a frame slicer', () => {
  it('loses nothing, repeats nothing, and cuts every frame alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(fc.int16Array({ maxLength: 150 })), (size, chunks) => {
        const slicer = new FrameSlicer(size, Int16Array)
        const all = chunks.flatMap((chunk) => [...chunk])
        const frames = chunks.flatMap((chunk) => slicer.push(chunk))
        expect(frames).toHaveLength(Math.floor(all.length / size))

        const rest = slicer.flush()
        const cut = [...frames, ...(rest === undefined ? [] : [rest])]
        expect(cut.every((frame) => frame.length === size)).toBe(true)
        const padding = cut.length * size - all.length
        expect(padding).toBeLessThan(size)
        expect(cut.flatMap((frame) => [...frame])).toEqual([...all, ...new Array<number>(padding).fill(0)])
      }),
    )
  })

  it('gives frames that no later chunk changes', () => {
    const slicer = new FrameSlicer(2, Float32Array)
    const chunk = Float32Array.of(1, 2, 3)
    const [first] = slicer.push(chunk)
    chunk.fill(9)
    slicer.push(chunk)
    expect(first).toEqual(Float32Array.of(1, 2))
    expect(slicer.flush()).toBeUndefined()
  })
})
