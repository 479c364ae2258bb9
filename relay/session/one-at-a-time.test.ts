import { describe, expect, it } from 'vitest'
import { OneAtATime } from './one-at-a-time.ts'

describe('OneAtATime', () => {
  it('runs tasks of one key in order, and those of others meanwhile', async () => {
    const tasks = new OneAtATime()
    const events: string[] = []
    const gate = Promise.withResolvers<undefined>()
    const first = tasks.run('a', async () => {
      events.push('first begins')
      await gate.promise
      events.push('first ends')
      return 1
    })
    const second = tasks.run('a', () => Promise.resolve(events.push('second')))
    await tasks.run('b', () => Promise.resolve(events.push('other')))
    gate.resolve(undefined)
    await second
    expect(events).toEqual(['first begins', 'other', 'first ends', 'second'])
    expect(await first).toBe(1)
  })

  it('goes on after a task that failed', async () => {
    const tasks = new OneAtATime()
    const failed = tasks.run('a', () => Promise.reject(new Error('no')))
    expect(await tasks.run('a', () => Promise.resolve('yes'))).toBe('yes')
    await expect(failed).rejects.toThrow('no')
  })
})
