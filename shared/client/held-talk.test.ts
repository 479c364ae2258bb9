import { describe, expect, it } from 'vitest'
import { HeldTalk } from './held-talk.ts'

const START = { type: 'activity.start' } as const
const END = { type: 'activity.end' } as const

describe('HeldTalk', () => {
  it('says nothing to who never held it, on no socket', () => {
    const held = new HeldTalk()
    expect(held.changeTo(held.current)).toEqual([])
    held.newSocket()
    expect(held.changeTo(0)).toEqual([])
  })

  it('says the beginning and the end once', () => {
    const held = new HeldTalk()
    held.take(START)
    held.take(START)
    expect(held.changeTo(held.current)).toEqual([START])
    expect(held.changeTo(held.current)).toEqual([])
    held.take(END)
    expect(held.changeTo(held.current)).toEqual([END])
    expect(held.changeTo(held.current)).toEqual([])
  })

  it('ends one hold before it begins the next', () => {
    const held = new HeldTalk()
    held.take(START)
    held.changeTo(held.current)
    held.take(END)
    held.take(START)
    expect(held.changeTo(held.current)).toEqual([END, START])
  })

  it('says the hold again to a new socket, and the end of one that ended meanwhile', () => {
    const held = new HeldTalk()
    held.take(START)
    held.changeTo(held.current)
    held.newSocket()
    expect(held.changeTo(held.current)).toEqual([START])
    held.newSocket()
    held.take(END)
    expect(held.changeTo(held.current)).toEqual([END])
    // That end may have been lost with its socket.
    held.newSocket()
    expect(held.changeTo(held.current)).toEqual([END])
    expect(held.changeTo(held.current)).toEqual([])
  })

  it('keeps two holds apart that a new socket hears of only now', () => {
    const held = new HeldTalk()
    held.take(START)
    const first = held.current
    held.changeTo(first)
    held.newSocket()
    held.take(END)
    held.take(START)
    expect(held.changeTo(first)).toEqual([START])
    expect(held.changeTo(held.current)).toEqual([END, START])
  })
})
