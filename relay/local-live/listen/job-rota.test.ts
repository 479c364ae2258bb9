import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JobRota, type RotaJob } from './job-rota.ts'

function job(id: number, stream: number, speculative = false): RotaJob {
  return { id, stream, speculative }
}

function takeAll(rota: JobRota<RotaJob>): number[] {
  const ids: number[] = []
  for (let next = rota.take(); next !== undefined; next = rota.take()) ids.push(next.id)
  return ids
}

describe('JobRota', () => {
  it('serves streams in turn', () => {
    const rota = new JobRota<RotaJob>()
    for (const next of [job(1, 1), job(2, 1), job(3, 1), job(4, 2), job(5, 3)]) rota.add(next)
    expect(takeAll(rota)).toEqual([1, 4, 5, 2, 3])
  })

  it('lets finished speech go before guesses', () => {
    const rota = new JobRota<RotaJob>()
    for (const next of [job(1, 1, true), job(2, 2, true), job(3, 3)]) rota.add(next)
    expect(takeAll(rota)).toEqual([3, 1, 2])
  })

  it('takes four for one stream and no more, whatever the others have', () => {
    const rota = new JobRota<RotaJob>()
    expect([1, 2, 3, 4, 5].map((id) => rota.add(job(id, 1)))).toEqual([true, true, true, true, false])
    expect(rota.add(job(6, 2))).toBe(true)
  })

  it('removes one job or all of a stream', () => {
    const rota = new JobRota<RotaJob>()
    for (const next of [job(1, 1), job(2, 1), job(3, 2)]) rota.add(next)
    expect(rota.remove(1)?.id).toBe(1)
    expect(rota.remove(1)).toBeUndefined()
    expect(rota.removeStream(1).map(({ id }) => id)).toEqual([2])
    expect(takeAll(rota)).toEqual([3])
  })

  it('gives every job exactly once, and keeps each stream’s order', () => {
    const jobs = fc.array(fc.record({ stream: fc.nat({ max: 4 }), speculative: fc.boolean() }), { maxLength: 40 })
    fc.assert(
      fc.property(jobs, (wanted) => {
        const rota = new JobRota<RotaJob>()
        const added = wanted.map((item, id) => ({ ...item, id })).filter((item) => rota.add(item))
        const taken = takeAll(rota)
        expect([...taken].sort((a, b) => a - b)).toEqual(added.map(({ id }) => id))
        for (const speculative of [true, false]) {
          for (const stream of new Set(wanted.map((item) => item.stream))) {
            const mine = added.filter((item) => item.stream === stream && item.speculative === speculative)
            const ids = mine.map(({ id }) => id)
            expect(taken.filter((id) => ids.includes(id))).toEqual(ids)
          }
        }
      }),
    )
  })
})
