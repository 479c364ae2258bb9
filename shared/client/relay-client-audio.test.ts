import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLOSE } from '../protocol/close-code.ts'
import { type RelayClient } from './relay-client.ts'
import { scriptedClient, type ScriptedClient } from './scripted-client.ts'
import { RING_FRAMES } from './uplink-ring.ts'

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)

let h: ScriptedClient
let client: RelayClient
let captured: number

beforeEach(async () => {
  vi.useFakeTimers()
  captured = 0
  h = scriptedClient(undefined, 0)
  client = h.client
  client.start()
  await vi.advanceTimersByTimeAsync(0)
})

afterEach(() => {
  client.end()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const socket = () => h.socket()
const seqs = (of = socket()) => of.audio.map(({ seq }) => seq)

/** Speaks frames whose samples bear their own number. */
function speak(frames: number): void {
  for (let frame = 0; frame < frames; frame++) {
    client.sendAudio(new Uint8Array(new Int16Array(512).fill(captured).buffer), captured * 32)
    captured++
  }
}

async function reconnect(): Promise<void> {
  socket().drop(CLOSE.abnormal)
  await vi.advanceTimersByTimeAsync(0)
}

describe('the microphone', () => {
  it('is sent as it comes, numbered and timed', () => {
    socket().accept()
    speak(3)
    expect(socket().audio.map(({ seq, timeMs, replayed }) => [seq, timeMs, replayed])).toEqual([
      [1, 0, false],
      [2, 32, false],
      [3, 64, false],
    ])
  })

  it('waits for the first session and then goes first', () => {
    speak(2)
    socket().accept()
    speak(1)
    expect(seqs()).toEqual([1, 2, 3])
    expect(socket().audio.every(({ replayed }) => !replayed)).toBe(true)
  })

  it('keeps what was spoken while the relay was away, and its count', async () => {
    socket().accept()
    speak(3)
    socket().say({ type: 'audio.ack', seq: 2 })
    await reconnect()
    speak(2)
    socket().open()
    expect(seqs()).toEqual([])
    socket().accept({ sessionId: 'session-2', resumed: false })
    speak(1)
    expect(socket().audio.map(({ seq, replayed }) => [seq, replayed])).toEqual([
      [3, true],
      [4, true],
      [5, true],
      [6, false],
    ])
    expect(new Int16Array(socket().audio[0]!.payload.slice().buffer)[0]).toBe(2)
  })

  it('goes on above what a resumed session has', async () => {
    socket().accept()
    speak(6)
    await reconnect()
    socket().accept({ resumed: true, audioSeq: 4 })
    expect(seqs()).toEqual([5, 6])
  })

  it('takes no word for it from a session that was not resumed', async () => {
    socket().accept()
    speak(2)
    await reconnect()
    socket().accept({ resumed: false, audioSeq: 2 })
    expect(seqs()).toEqual([1, 2])
  })

  it('says how much fell off while nobody took it', async () => {
    socket().accept()
    await reconnect()
    speak(RING_FRAMES + 25)
    expect(h.lostMs).toEqual([])
    socket().accept()
    expect(h.lostMs).toEqual([800])
    expect(seqs()).toHaveLength(RING_FRAMES)
    expect(seqs()[0]).toBe(26)
  })

  it('says again where it stopped, after what was spoken before', async () => {
    socket().accept()
    await reconnect()
    speak(1)
    expect(client.send({ type: 'audio.end' })).toBe(true)
    socket().accept()
    expect(socket().received.at(-1)).toEqual({ type: 'audio.end' })
    expect(seqs()).toEqual([1])
    socket().say({ type: 'audio.ack', seq: 1 })
    await reconnect()
    socket().accept()
    expect(socket().messages('audio.end')).toEqual([])
    speak(1)
    await reconnect()
    socket().accept()
    expect(seqs()).toEqual([2])
    expect(socket().messages('audio.end')).toEqual([])
  })

  it('stays in the ring while the line is slow, and follows in order', () => {
    socket().accept()
    socket().bufferedAmount = 300 * 1024
    speak(5)
    expect(seqs()).toEqual([])
    socket().bufferedAmount = 0
    socket().say({ type: 'turn.start', turn: 1 })
    expect(seqs()).toEqual([1, 2, 3, 4, 5])
  })

  it('reaches the relay whole over any number of short losses', async () => {
    const round = fc.record({ before: fc.nat(60), acked: fc.nat(60), during: fc.nat(40) })
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 8 }), async (rounds) => {
        const from = captured
        socket().accept()
        const heard = new Set<number>()
        for (const { before, acked, during } of rounds) {
          speak(before)
          const here = seqs()
          // The relay has what it acknowledged; the rest was lost with the connection.
          const taken = here.slice(0, acked)
          for (const seq of taken) heard.add(seq)
          if (taken.length > 0) socket().say({ type: 'audio.ack', seq: taken.at(-1)! })
          await reconnect()
          speak(during)
          socket().accept()
        }
        for (const seq of seqs()) heard.add(seq)
        for (let frame = captured - RING_FRAMES; frame < captured; frame++)
          if (frame >= from) expect(heard).toContain(frame + 1)
        expect(seqs()).toEqual([...seqs()].sort((a, b) => a - b))
        socket().say({ type: 'audio.ack', seq: captured })
        await reconnect()
      }),
      { numRuns: 60 },
    )
  })
})

describe('a picture', () => {
  it('leaves at once, numbered on its own', () => {
    socket().accept()
    speak(3)
    expect(client.sendImage(JPEG, 'camera', 70)).toBe(true)
    expect(client.sendImage(JPEG, 'tab', 80)).toBe(true)
    expect(socket().images).toMatchObject([
      { seq: 1, source: 'camera', timeMs: 70, payload: JPEG },
      { seq: 2, source: 'tab', timeMs: 80 },
    ])
  })

  it('does not wait: not for a session, not behind a slow line', async () => {
    socket().open()
    expect(client.sendImage(JPEG, 'tab', 0)).toBe(false)
    socket().accept()
    socket().bufferedAmount = 300 * 1024
    expect(client.sendImage(JPEG, 'tab', 0)).toBe(false)
    await reconnect()
    socket().accept()
    expect(socket().images).toEqual([])
  })

  it('that would end the conversation by its size is refused', () => {
    socket().accept()
    const large = new Uint8Array(256 * 1024 + 1)
    large.set(JPEG)
    expect(client.sendImage(large, 'tab', 0)).toBe(false)
    expect(client.sendImage(large.subarray(0, -1), 'tab', 0)).toBe(true)
  })
})

describe('hold-to-talk', () => {
  /** What the socket heard of it, in order: frames by their number. */
  const heard = () =>
    socket().received.flatMap((sent): (number | string)[] => {
      if ('kind' in sent) return sent.kind === 'microphone' ? [sent.seq] : []
      return sent.type.startsWith('activity.') ? [sent.type.replace('activity.', '')] : []
    })
  const hold = (held: boolean) => client.send({ type: held ? 'activity.start' : 'activity.end' })

  it('begins and ends in its place among the frames', () => {
    socket().accept()
    hold(true)
    speak(2)
    hold(false)
    expect(heard()).toEqual(['start', 1, 2, 'end'])
  })

  it('of before the first session is said when there is one', () => {
    hold(true)
    speak(1)
    hold(false)
    hold(true)
    speak(1)
    socket().accept()
    expect(heard()).toEqual(['start', 1, 'end', 'start', 2])
  })

  it('is said again around the frames that a reconnect sends again', async () => {
    socket().accept()
    hold(true)
    speak(3)
    socket().say({ type: 'audio.ack', seq: 2 })
    await reconnect()
    speak(1)
    hold(false)
    socket().accept({ resumed: true, audioSeq: 2 })
    expect(heard()).toEqual(['start', 3, 4, 'end'])
  })

  it('that was let go while nobody heard it is ended, also without a frame', async () => {
    socket().accept()
    hold(true)
    speak(1)
    socket().say({ type: 'audio.ack', seq: 1 })
    await reconnect()
    hold(false)
    socket().accept({ resumed: true })
    expect(heard()).toEqual(['end'])
  })

  it('goes behind the frames that a slow line keeps waiting', () => {
    socket().accept()
    socket().bufferedAmount = 1024 * 1024
    hold(true)
    speak(2)
    hold(false)
    expect(heard()).toEqual([])
    socket().bufferedAmount = 0
    socket().say({ type: 'audio.ack', seq: 0 })
    expect(heard()).toEqual(['start', 1, 2, 'end'])
  })
})
