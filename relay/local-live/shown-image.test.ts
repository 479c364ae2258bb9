import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inspectImage } from './shown-image.ts'

/** 3 × 2 pixels, made by ImageMagick: baseline, progressive, PNG, WebP lossy, lossless and extended. */
const SAMPLES = JSON.parse(await readFile(join(import.meta.dirname, 'shown-image.samples.json'), 'utf8')) as Readonly<
  Record<string, string>
>

describe('inspectImage', () => {
  it.each([
    ['jpeg', 'JPEG'],
    ['progressive', 'JPEG'],
    ['png', 'PNG'],
    ['webp', 'WebP'],
    ['lossless', 'WebP'],
    ['extended', 'WebP'],
  ])('reads the size of %s', (name, kind) => {
    expect(inspectImage(Buffer.from(SAMPLES[name]!, 'base64'))).toEqual({ kind, width: 3, height: 2 })
  })

  it('reads no size from anything else, and never fails', () => {
    expect(inspectImage(Buffer.from('GIF89a'))).toBeUndefined()
    expect(inspectImage(Buffer.alloc(0))).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(inspectImage(bytes)).toBeUndefined()
      }),
    )
  })

  it('survives pictures that were cut short', () => {
    for (const sample of Object.values(SAMPLES)) {
      const whole = Buffer.from(sample, 'base64')
      for (let length = 0; length < whole.length; length += 1) inspectImage(whole.subarray(0, length))
    }
  })
})
