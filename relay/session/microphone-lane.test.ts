import { describe, expect, it } from 'vitest'
import { MicrophoneLane } from './microphone-lane.ts'
import { SoundBlocks } from './sound-blocks.ts'
import { SpeechEnd } from './speech-end.ts'
import { TurnTaking } from './turn-taking.ts'
import { Uplink } from './uplink.ts'

const LOUD = new Uint8Array(Int16Array.from({ length: 512 }, (_, index) => (index % 2 === 0 ? 9_000 : -9_000)).buffer)

function newLane(newestSeq?: number) {
  const ack = { handed: () => undefined }
  const uplink = new Uplink({ ack, onLost: () => undefined, onUnanswered: () => undefined }, new SoundBlocks())
  const isFree = () => true
  const [onSwitch, onUnwanted] = [() => undefined, () => undefined]
  const turnTaking = new TurnTaking({ uplink, isManual: false, isFree, onSwitch, onUnwanted })
  const speechEnd = new SpeechEnd()
  return { lane: new MicrophoneLane(speechEnd, turnTaking, newestSeq), speechEnd, uplink }
}

function frameOf(seq: number, payload: Uint8Array) {
  return { kind: 'microphone', seq, timeMs: 0, replayed: false, payload } as const
}

describe('the lane of the microphone', () => {
  it('listens for speech, and hands frames on', () => {
    const { lane, speechEnd, uplink } = newLane()
    for (const seq of [1, 2, 3]) lane.take(frameOf(seq, LOUD))
    expect(speechEnd.lastSpeechAtMs).toBeTypeOf('number')
    expect(uplink.waitingBytes).toBe(3 * LOUD.length)
  })

  it('knows the newest frame, also of an earlier life, until the client counts anew', () => {
    const { lane } = newLane(7)
    expect(lane.newestSeq).toBe(7)
    lane.take(frameOf(8, LOUD))
    expect(lane.newestSeq).toBe(8)
    lane.forget()
    expect(lane.newestSeq).toBeUndefined()
  })

  it('counts bytes once', () => {
    const { lane } = newLane()
    lane.take(frameOf(1, LOUD))
    lane.take(frameOf(2, LOUD.subarray(0, 100)))
    expect([lane.takeBytes(), lane.takeBytes()]).toEqual([LOUD.length + 100, 0])
  })
})
