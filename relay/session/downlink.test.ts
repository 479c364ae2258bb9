import { describe, expect, it } from 'vitest'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type JournalEntry } from '../store/journal.ts'
import { type Outbox } from '../transport/outbox.ts'
import { Downlink } from './downlink.ts'

/** What reached one line. */
function newLine() {
  const told: string[] = []
  const outbox = {
    sendMessage: (message: ServerMessage) => told.push(describeMessage(message)),
    sendSpeech: (turn: number, seq: number) => told.push(`speech ${turn} #${seq}`) > 0,
    interrupted: (turn: number) => void told.push(`silence ${turn}`),
  }
  return { told, outbox: outbox as unknown as Outbox }
}

function describeMessage(message: ServerMessage): string {
  if (message.type === 'transcript.final') return `final ${message.seq}`
  if (message.type === 'session.state') return `state ${message.upstream}`
  return 'turn' in message ? `${message.type} ${message.turn}` : message.type
}

function entry(seq: number): JournalEntry {
  return { seq, turn: seq, role: 'user', text: `words ${seq}`, at: '2026-11-22T12:00:00.000Z' }
}

function final(seq: number): ServerMessage {
  return { type: 'transcript.final', ...entry(seq) }
}

function newDownlink(speechSeq = 0): Downlink {
  return new Downlink({ speechSeq, turn: 0 })
}

const PCM = new Uint8Array(4)

describe('the way down to a client', () => {
  it('is straight while there is a line', () => {
    const downlink = newDownlink(7)
    const { told, outbox } = newLine()
    downlink.sendSpeech(1, 0, PCM)
    downlink.attach(outbox, undefined)
    downlink.sendMessage(final(1))
    downlink.sendSpeech(1, 0, PCM)
    downlink.interrupted(1)
    expect([downlink.takeSpeechBytes(), downlink.takeSpeechBytes()]).toEqual([4, 0])
    expect(told).toEqual(['final 1', 'speech 1 #8', 'silence 1'])
  })

  it('keeps what a client that returns has to know, and not what is past', () => {
    const downlink = newDownlink()
    downlink.sendMessage({ type: 'turn.start', turn: 1 })
    downlink.sendMessage({ type: 'transcript.delta', turn: 1, role: 'user', text: 'x' })
    downlink.sendMessage({ type: 'audio.ack', seq: 4 })
    downlink.sendMessage({ type: 'session.state', upstream: 'reconnecting' })
    downlink.sendMessage({ type: 'tool.call', callId: 'c', name: 'n', args: {}, timeoutMs: 1 })
    downlink.sendMessage({ type: 'session.state', upstream: 'live' })
    downlink.sendSpeech(1, 0, PCM)
    downlink.sendMessage({ type: 'turn.complete', turn: 1, timings: {} })
    const { told, outbox } = newLine()
    downlink.attach(outbox, [])
    expect(told).toEqual(['turn.start 1', 'turn.complete 1', 'state live'])
    expect(downlink.speechSeq).toBe(0)
  })

  it('tells every entry once and in order, wherever the line broke', () => {
    const downlink = newDownlink()
    downlink.sendMessage({ type: 'turn.start', turn: 3 })
    downlink.sendMessage(final(3))
    downlink.sendMessage({ type: 'turn.complete', turn: 3, timings: {} })
    downlink.sendMessage({ type: 'turn.start', turn: 4 })
    downlink.sendMessage(final(5))
    const { told, outbox } = newLine()
    // 1 and 2 were on the way when the line broke; 4 was not kept; 5 was stored after the journal was read.
    downlink.attach(outbox, [1, 2, 3, 4].map(entry))
    expect(told).toEqual([
      'final 1',
      'final 2',
      'turn.start 3',
      'final 3',
      'turn.complete 3',
      'turn.start 4',
      'final 4',
      'final 5',
    ])
  })

  it('tells entries after what was kept when none was kept with it', () => {
    const downlink = newDownlink()
    downlink.sendMessage({ type: 'turn.interrupted', turn: 2 })
    const { told, outbox } = newLine()
    downlink.attach(outbox, [entry(1)])
    expect(told).toEqual(['final 1', 'turn.interrupted 2'])
  })

  it('tells nothing twice, neither to a third line nor to a client that got the history', () => {
    const downlink = newDownlink()
    downlink.sendMessage({ type: 'session.state', upstream: 'live' })
    downlink.sendMessage(final(1))
    const history = newLine()
    downlink.attach(history.outbox, undefined)
    expect(history.told).toEqual(['state live'])
    downlink.detach()
    const third = newLine()
    downlink.attach(third.outbox, [])
    expect(third.told).toEqual(['state live'])
  })

  it('tells the end of a turn whose words were on the way when the line broke', () => {
    const downlink = newDownlink()
    const lost = newLine()
    downlink.attach(lost.outbox, undefined)
    for (const turn of [1, 2]) downlink.sendMessage({ type: 'turn.complete', turn, timings: { speechEnd: turn } })
    downlink.detach()
    const { told, outbox } = newLine()
    // The third is still under way.
    downlink.attach(outbox, [entry(2), entry(3)])
    expect(told).toEqual(['final 2', 'turn.complete 2', 'final 3'])
  })

  it('tells the end of the newest turn again, which alone may have been on the way', () => {
    const downlink = newDownlink()
    downlink.attach(newLine().outbox, undefined)
    for (const turn of [1, 2]) {
      downlink.sendMessage({ type: 'turn.start', turn })
      downlink.sendMessage({ type: 'turn.complete', turn, timings: {} })
    }
    downlink.detach()
    const second = newLine()
    downlink.attach(second.outbox, [])
    expect(second.told).toEqual(['turn.complete 2'])
    downlink.sendMessage({ type: 'turn.start', turn: 3 })
    downlink.detach()
    const third = newLine()
    downlink.attach(third.outbox, [])
    expect(third.told).toEqual([])
  })

  it('tells the end of turns that ended with an earlier holder', () => {
    const downlink = new Downlink({ speechSeq: 0, turn: 3, openTurn: 3 })
    const { told, outbox } = newLine()
    downlink.attach(outbox, [entry(1), { ...entry(2), interrupted: true }, entry(3)])
    expect(told).toEqual(['final 1', 'turn.complete 1', 'final 2', 'turn.interrupted 2', 'turn.complete 2', 'final 3'])
  })

  it('keeps no more than a bound', () => {
    const downlink = newDownlink()
    for (let turn = 1; turn <= 300; turn++) downlink.sendMessage({ type: 'turn.start', turn })
    const { told, outbox } = newLine()
    downlink.attach(outbox, [])
    expect(told).toHaveLength(256)
    expect(told.at(-1)).toBe('turn.start 300')
  })
})
