import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type JournalEntry } from '../../relay/store/journal.ts'
import { checkHistory } from '../support/history/checker.ts'
import { keepHistory, readHistory } from '../support/history/history.ts'
import {
  type HistoryLine,
  type ReceivedFrame,
  type SentFrame,
  type StoredConversation,
} from '../support/history/line.ts'
import { type Limits, type ViolationKind } from '../support/history/violation.ts'

/** A history made by hand: one line a call, one millisecond after the other. */
class Tale {
  readonly lines: HistoryLine[] = []
  stored: StoredConversation[] = []
  #at = 1_000_000

  pass(ms: number): this {
    this.#at += ms
    return this
  }

  line(line: DistributiveOmit<HistoryLine, 'at'>): this {
    this.lines.push({ at: this.#at++, ...line })
    return this
  }

  /** A socket of client `a` (or another) opens and asks for a conversation. */
  opens(socket: number, resume?: { lastSeq: number; sessionId?: string }, client = 'a'): this {
    this.line({ event: 'opening', client, socket, instance: 'ws://one/v1/live' })
    const asked = resume && { resume: { sessionId: 's', resumeToken: '', epoch: 0, ...resume } }
    const frame = { type: 'session.start', client: { name: 'test', version: '0' }, setup: SETUP, ...asked } as const
    return this.sends(socket, frame, client)
  }

  ready(socket: number, ready: Partial<ServerMessageOf<'session.ready'>> = {}, client = 'a'): this {
    return this.hears(socket, { ...READY, ...ready }, client)
  }

  sends(socket: number, frame: SentFrame, client = 'a'): this {
    return this.line({ event: 'sent', client, socket, frame })
  }

  hears(socket: number, frame: ReceivedFrame, client = 'a'): this {
    return this.line({ event: 'received', client, socket, frame })
  }

  final(socket: number, entry: JournalEntry, client = 'a'): this {
    return this.hears(socket, { type: 'transcript.final', ...entry }, client)
  }

  speech(socket: number, seq: number, turn = 1): this {
    return this.hears(socket, { kind: 'speech', seq, turn, timeMs: 0, bytes: 960 })
  }

  closes(socket: number, code = 1006, client = 'a'): this {
    return this.line({ event: 'closed', client, socket, code })
  }

  leaves(socket: number, client = 'a'): this {
    return this.line({ event: 'left', client, socket })
  }

  writes(entry: JournalEntry, fence = 1, instance = 'one'): this {
    const append = { event: 'store', call: 'append', id: 's', fence, instance, entry } as const
    return this.line({ ...append, step: 'asking' }).line({ ...append, step: 'done', result: 'appended' })
  }

  claims(fence: number, instance = 'one'): this {
    return this.line({ event: 'store', call: fence === 1 ? 'create' : 'claim', id: 's', fence, instance })
  }

  brainHears(call: number, ...seqs: readonly number[]): this {
    for (const seq of seqs) this.line({ event: 'brain', call, what: 'audio', client: 'a', seq })
    return this
  }

  keeps(...entries: readonly JournalEntry[]): this {
    this.stored = [{ id: 's', entries }]
    return this
  }

  /** Which promises were broken. */
  judge(limits: Partial<Limits> = {}): readonly ViolationKind[] {
    return checkHistory(this.lines, this.stored, limits).map(({ kind }) => kind)
  }
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

const TOOL = { name: 'click', description: 'Clicks', parameters: {}, timeoutMs: 1000 }
const SETUP = {
  browserTools: [
    { ...TOOL, effect: 'write' as const },
    { ...TOOL, name: 'read_page', effect: 'read' as const },
  ],
}

const READY: ServerMessageOf<'session.ready'> = {
  type: 'session.ready',
  sessionId: 's',
  resumeToken: '',
  resumed: false,
  seq: 0,
  user: { id: 'local', name: 'You' },
  brain: 'local',
  model: 'local',
  voice: 'Kore',
  expiresAt: '2030-01-01T00:00:00.000Z',
  capabilities: {},
  limits: {},
}

function entry(seq: number, change: Partial<JournalEntry> = {}): JournalEntry {
  const role = seq % 2 === 1 ? 'user' : 'assistant'
  return { seq, turn: Math.ceil(seq / 2), role, text: `words ${seq}`, at: '2026-11-22T00:00:00.000Z', ...change }
}

/** A conversation of two turns with a dropped line, a takeover, a tool and a repeated utterance, as it should be. */
function goodTale(): Tale {
  return new Tale()
    .opens(1)
    .claims(1)
    .line({ event: 'brain', call: 1, what: 'called' })
    .ready(1)
    .sends(1, { type: 'text.send', id: 't1', text: 'words 1' })
    .line({ event: 'brain', call: 1, what: 'text', text: 'words 1' })
    .writes(entry(1, { id: 't1' }))
    .final(1, entry(1, { id: 't1' }))
    .line({ event: 'brain', call: 1, what: 'tool called', callId: 'c1' })
    .hears(1, { type: 'tool.call', callId: 'c1', name: 'click', args: {}, timeoutMs: 1000 })
    .line({ event: 'brain', call: 1, what: 'tool answered', callId: 'c1' })
    .speech(1, 1)
    .writes(entry(2))
    .closes(1)
    .opens(2, { lastSeq: 1 })
    .ready(2, { resumed: true, seq: 2 })
    .final(2, entry(2))
    .brainHears(1, 1, 2, 3)
    .brainHears(2, 2, 3, 4)
    .opens(1, { lastSeq: 2 }, 'b')
    .claims(2, 'two')
    .closes(2, 4509)
    .ready(1, { resumed: true, seq: 2 }, 'b')
    .writes(entry(3), 2, 'two')
    .final(1, entry(3), 'b')
    .leaves(1, 'b')
    .keeps(entry(1, { id: 't1' }), entry(2), entry(3))
}

describe('the judge of histories', () => {
  it('has nothing against a conversation in which every promise was kept', () => {
    expect(goodTale().judge()).toEqual([])
  })

  it('judges what was kept in files like what it saw', async () => {
    const { lines, stored } = goodTale()
    const folder = await keepHistory([...lines, ...lines.slice(-3)], stored)
    const read = await readHistory(folder)
    await rm(folder, { recursive: true })
    expect(checkHistory(read.lines, read.stored).map(({ kind }) => kind)).toEqual(['doubled'])
  })

  it('says where it happened', () => {
    const tale = new Tale().opens(1).ready(1).final(1, entry(1)).final(1, entry(3)).keeps(entry(1), entry(2), entry(3))
    expect(checkHistory(tale.lines, tale.stored)).toEqual([
      { kind: 'missing', sentence: 'Final 3 came, but not 2 before it (client a, socket 1, line 5).' },
    ])
  })
})

describe('it finds a final', () => {
  it('that is not stored', () => {
    expect(new Tale().opens(1).ready(1).final(1, entry(1)).judge()).toEqual(['not stored'])
  })

  it('that was told before it was stored', () => {
    const tale = new Tale().opens(1).claims(1).ready(1).final(1, entry(1)).writes(entry(1)).keeps(entry(1))
    expect(tale.judge()).toEqual(['not stored first'])
  })

  it('that is stored with other words, for another turn, or as whole', () => {
    for (const change of [{ text: 'other' }, { turn: 7 }, { role: 'assistant' }, { interrupted: true }] as const)
      expect(new Tale().opens(1).ready(1).final(1, entry(1)).keeps(entry(1, change)).judge()).toEqual(['other words'])
  })

  it('that came twice, also on another socket', () => {
    const tale = new Tale().opens(1).ready(1).final(1, entry(1)).closes(1).opens(2, { lastSeq: 1 })
    tale.ready(2, { resumed: true, seq: 1 }).final(2, entry(1)).keeps(entry(1))
    expect(tale.judge()).toEqual(['doubled'])
  })

  it('that did not come again after a drop', () => {
    const tale = new Tale().opens(1).ready(1).closes(1).opens(2, { lastSeq: 0 })
    tale.ready(2, { resumed: true, seq: 1 }).final(2, entry(2)).keeps(entry(1), entry(2))
    expect(tale.judge()).toEqual(['missing'])
  })

  it('that never came', () => {
    expect(new Tale().opens(1).ready(1).leaves(1).keeps(entry(1)).judge()).toEqual(['missing'])
  })

  it('that is missing in the store itself', () => {
    expect(new Tale().opens(1).ready(1).keeps(entry(2)).judge()).toEqual(['hole in the store'])
  })
})

describe('it finds a conversation that did not go on', () => {
  const dropped = () => new Tale().opens(1).ready(1).final(1, entry(1)).closes(1).keeps(entry(1))
  const history = [{ ...entry(1) }]

  it('although the client was back in time', () => {
    const tale = dropped().opens(2, { lastSeq: 1 }).ready(2, { seq: 1, history })
    expect(tale.judge()).toEqual(['continuity lost'])
  })

  it('under its id, although the idle limit had not passed', () => {
    const tale = dropped().pass(130_000).opens(2, { lastSeq: 1 })
    expect(tale.ready(2, { sessionId: 'new' }).judge()).toEqual(['continuity lost'])
  })

  it('but in another one', () => {
    const tale = dropped().opens(2, { lastSeq: 1 })
    expect(tale.ready(2, { sessionId: 'new', resumed: true }).judge()).toEqual(['continuity lost'])
  })

  it('and one that nobody asked for', () => {
    expect(new Tale().opens(1).ready(1, { resumed: true }).judge()).toEqual(['continuity lost'])
  })

  it('with what was said in it', () => {
    const tale = dropped().pass(130_000).opens(2, { lastSeq: 1 }).ready(2, { seq: 1 })
    expect(tale.judge()).toEqual(['no history'])
  })

  it('and accepts what comes late with its history, and what comes too late', () => {
    const late = dropped().pass(130_000).opens(2, { lastSeq: 1 })
    expect(late.ready(2, { seq: 1, history }).judge()).toEqual([])
    const tooLate = dropped()
      .pass(31 * 60_000)
      .opens(2, { lastSeq: 1 })
    expect(tooLate.ready(2, { sessionId: 'new' }).judge()).toEqual([])
  })
})

describe('it finds sound', () => {
  it('that the brain heard twice', () => {
    expect(new Tale().brainHears(1, 1, 2, 2, 3).judge()).toEqual(['audio doubled'])
    expect(
      new Tale()
        .brainHears(1, ...frames(1, 600))
        .brainHears(2, 1)
        .judge(),
    ).toEqual(['audio doubled'])
  })

  it('out of order', () => {
    expect(new Tale().brainHears(1, 1, 3, 2, 4).judge()).toEqual(['audio out of order'])
  })

  it('that never reached the brain and was not declared', () => {
    expect(new Tale().brainHears(1, 1, 2, 5).judge()).toEqual(['audio missing'])
  })

  it('and accepts what was declared by the relay or the client, or went with a crash', () => {
    const audioLost = { type: 'error', code: 'audio_lost', retryable: true, fatal: false } as const
    const told = new Tale()
      .opens(1)
      .ready(1)
      .hears(1, { ...audioLost, message: '64 ms of the microphone were lost.' })
    expect(told.brainHears(1, 1, 2, 5).judge()).toEqual([])
    const own = new Tale().line({ event: 'audio lost', client: 'a', socket: 1, ms: 64 })
    expect(own.brainHears(1, 1, 2, 5).judge()).toEqual([])
    const crash = () => new Tale().line({ event: 'fault', what: 'killed', to: 'one' })
    expect(crash().brainHears(1, 1, 34).judge()).toEqual([])
    expect(crash().brainHears(1, 1, 35).judge()).toEqual(['audio missing'])
  })
})

describe('it finds a turn', () => {
  const typed = { type: 'text.send', id: 't1', text: 'hello' } as const
  const stored = (...seqs: readonly number[]) =>
    seqs.map((seq) => entry(seq, { id: 't1', text: `hello ${seq}`, role: 'user' }))

  it('that was typed and is not stored', () => {
    expect(new Tale().opens(1).ready(1).sends(1, typed).leaves(1).judge()).toEqual(['typed turn lost'])
  })

  it('that was typed once and stored twice', () => {
    const tale = new Tale().opens(1).ready(1).sends(1, typed).sends(1, typed)
    expect(tale.keeps(...stored(1, 2)).judge()).toEqual(['typed turn doubled'])
  })

  it('that the brain was asked twice', () => {
    const text = (call: number, before = '') =>
      ({ event: 'brain', call, what: 'text', text: `${before}hello` }) as const
    const tale = new Tale()
      .opens(1)
      .ready(1)
      .sends(1, typed)
      .keeps(...stored(1))
    expect(tale.line(text(1)).line(text(2)).judge()).toEqual([])
    expect(tale.line(text(1, 'The page is about beavers. ')).judge()).toEqual(['typed turn doubled'])
  })

  it('that was heard twice', () => {
    const same = { text: 'hello', role: 'user' } as const
    expect(new Tale().keeps(entry(1, same), entry(2, same)).judge()).toEqual(['utterance doubled'])
  })

  it('that begins under the number of one that was interrupted', () => {
    const tale = new Tale().opens(1).ready(1).hears(1, { type: 'turn.interrupted', turn: 3 })
    expect(tale.hears(1, { type: 'turn.start', turn: 3 }).judge()).toEqual(['turn used again'])
  })
})

describe('it finds speech', () => {
  it('that came again', () => {
    expect(new Tale().opens(1).ready(1).speech(1, 1).speech(1, 1).judge()).toEqual(['speech doubled'])
  })

  it('with a hole in an answer that is stored as whole', () => {
    const cut = (answer: JournalEntry) =>
      new Tale()
        .opens(1)
        .ready(1)
        .speech(1, 1)
        .final(1, entry(1))
        .opens(2, { lastSeq: 1 })
        .ready(2, { resumed: true, seq: 1 })
        .speech(2, 5)
        .final(2, answer)
        .keeps(entry(1), answer)
        .judge()
    expect(cut(entry(2))).toEqual(['cut not marked'])
    expect(cut(entry(2, { interrupted: true }))).toEqual([])
  })
})

describe('it finds a tool that does something', () => {
  const call = (name: string) => ({ type: 'tool.call', callId: 'c1', name, args: {}, timeoutMs: 1 }) as const

  it('and was started twice for one call', () => {
    const tale = new Tale().opens(1).ready(1).hears(1, call('click'))
    expect(tale.opens(2, { lastSeq: 0 }).ready(2, { resumed: true }).hears(2, call('click')).judge()).toEqual([
      'tool ran twice',
    ])
  })

  it('but not one that only reads', () => {
    expect(new Tale().opens(1).ready(1).hears(1, call('read_page')).hears(1, call('read_page')).judge()).toEqual([])
  })

  it('and was answered twice', () => {
    const answer = { event: 'brain', call: 1, what: 'tool answered', callId: 'c1' } as const
    expect(new Tale().line(answer).line(answer).judge()).toEqual(['tool ran twice'])
  })
})

describe('it finds two owners', () => {
  const taken = () => new Tale().opens(1).ready(1).opens(1, { lastSeq: 0 }, 'b').ready(1, { resumed: true }, 'b')

  it('when the older socket is told more', () => {
    const tale = taken().hears(1, { type: 'turn.start', turn: 1 }).closes(1, 4509)
    expect(tale.judge()).toEqual(['two owners'])
    expect(tale.judge({ takeoverMs: 10 })).toEqual([])
  })

  it('when the older socket stays, or is closed for another reason', () => {
    expect(taken().judge()).toEqual(['two owners'])
    expect(taken().closes(1, 1001).judge()).toEqual(['two owners'])
    expect(taken().closes(1, 4509).judge()).toEqual([])
  })

  it('when a fence is given twice', () => {
    expect(new Tale().claims(1).claims(2).claims(2, 'two').judge()).toEqual(['fence'])
  })

  it('when an old fence still writes', () => {
    const tale = new Tale().claims(1).claims(2, 'two').writes(entry(1)).keeps(entry(1))
    expect(tale.judge()).toEqual(['fence'])
  })
})

function frames(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
