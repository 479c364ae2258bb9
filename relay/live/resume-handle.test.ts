import { describe, expect, it } from 'vitest'
import { ResumeHandle } from './resume-handle.ts'

const route = { model: 'm', key: { id: 'k', value: 'secret' } }

function stage(saved?: string) {
  const clock = { nowMs: 1_000 }
  const told: (string | undefined)[] = []
  const handle = new ResumeHandle(
    saved,
    (news) => told.push(news),
    () => clock.nowMs,
  )
  return { clock, told, handle }
}

describe('the handle', () => {
  it('is the newest one that can be resumed with', () => {
    const { handle } = stage()
    handle.told(route, { resumable: true, handle: 'one' })
    handle.told(route, { resumable: false })
    handle.told(route, { resumable: false, handle: 'mid-answer' })
    handle.told(route, { resumable: true })
    handle.told(route, { resumable: true, handle: '' })
    expect(handle.for(route)).toBe('one')
  })

  it('works with its model and its key only', () => {
    const { handle } = stage()
    handle.told(route, { resumable: true, handle: 'one' })
    expect(handle.for({ ...route, model: 'other' })).toBeUndefined()
    expect(handle.for({ ...route, key: { id: 'other', value: '' } })).toBeUndefined()
  })

  it('goes over to another instance without the key', () => {
    const here = stage()
    here.handle.told(route, { resumable: true, handle: 'one' })
    const [saved] = here.told
    expect(saved).not.toContain('secret')
    expect(stage(saved).handle.for(route)).toBe('one')
    expect(stage('{"handle":7}').handle.for(route)).toBeUndefined()
    expect(stage('nonsense').handle.for(route)).toBeUndefined()
  })

  it('lives nearly two hours from the end of its last connection', () => {
    const { handle, clock } = stage()
    handle.told(route, { resumable: true, handle: 'one' })
    clock.nowMs += 100 * 60_000
    handle.connectionEnded()
    clock.nowMs += 109 * 60_000
    expect(handle.for(route)).toBe('one')
    clock.nowMs += 60_000
    expect(handle.for(route)).toBeUndefined()
  })

  it('is gone once dropped, and that is told once', () => {
    const { handle, told } = stage()
    handle.told(route, { resumable: true, handle: 'one' })
    handle.drop()
    handle.drop()
    expect(handle.for(route)).toBeUndefined()
    expect(told.slice(1)).toEqual([undefined])
  })
})
