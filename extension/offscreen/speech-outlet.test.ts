import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type LeftOff, type Played } from '../speaker/playback-messages.ts'
import { type Speaker, type SpeakerOptions } from '../speaker/speaker.ts'
import { KeptSpeech } from './kept-speech.ts'
import { SpeechOutlet } from './speech-outlet.ts'

/** 40 ms of speech. */
const chunk = () => new ArrayBuffer(1920)
/** The window of the panel, and another one. */
const [HERE, THERE] = [10, 20]

/** An outlet with everything that left it, one line each. */
function openOutlet(keepTalking = false) {
  const toPanel: string[] = []
  const here: string[] = []
  const played: [Played, boolean][] = []
  let report: SpeakerOptions['onPlayed'] | undefined
  let answerLeave: ((left: LeftOff) => void) | undefined
  const outlet = new SpeechOutlet({
    post: (message: VoiceChannelMessage) => toPanel.push(lineOf(message)),
    kept: new KeptSpeech(),
    openSpeaker: (options): Speaker => {
      report = options.onPlayed
      here.push('open')
      return {
        play: (turn, positionMs) => here.push(`speech ${turn} ${positionMs}`),
        end: (turn) => here.push(`end ${turn}`),
        interrupt: (turn) => here.push(`interrupt ${turn}`),
        leave: () => {
          here.push('leave')
          return new Promise((resolve) => (answerLeave = resolve))
        },
        breakOff: () => ({ turn: 0, playedMs: 0 }),
        use: ({ volume }) => volume < 1 && here.push(`volume ${volume}`),
        resume: () => undefined,
        tap: () => {
          throw new Error('not in a test')
        },
        close: () => {
          here.push('close')
          return Promise.resolve()
        },
      }
    },
    onPlayed: (report, cut) => played.push([report, cut]),
  })
  outlet.keepTalking = keepTalking
  return {
    outlet,
    toPanel,
    here,
    played,
    reportHere: (turn: number, playedMs: number, ended: boolean) => report?.(turn, playedMs, ended),
    leaveHere: async (left: LeftOff) => {
      answerLeave?.(left)
      await Promise.resolve()
    },
  }
}

function lineOf(message: VoiceChannelMessage): string {
  switch (message.type) {
    case 'speech':
      return `${message.windowId}: speech ${message.turn} ${message.positionMs}`
    case 'speech-end':
      return `${message.windowId}: end ${message.turn}`
    case 'interrupted':
      return `interrupt ${message.turn}`
    default:
      return message.type
  }
}

describe('SpeechOutlet', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('plays in the panel, and interruptions go the same way as the speech', () => {
    const { outlet, toPanel, here, played } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(1, 0, chunk())
    outlet.speech(1, 40, chunk())
    outlet.interrupt(1)
    outlet.speech(1, 80, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 30, ended: true })
    expect(toPanel).toEqual(['10: speech 1 0', '10: speech 1 40', 'interrupt 1'])
    expect(here).toEqual([])
    expect(played).toEqual([[{ turn: 1, playedMs: 30, ended: true }, false]])
  })

  it('plays here until a panel has shown up, which goes on to the sample where this document paused', async () => {
    const { outlet, toPanel, here, leaveHere } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.speech(1, 40, chunk())
    outlet.panelOpened(HERE)
    outlet.speech(1, 80, chunk())
    expect(toPanel).toEqual([])
    await leaveHere({ turn: 1, playedMs: 62.5 })
    outlet.speech(1, 120, chunk())
    outlet.end(1)
    expect(here).toEqual(['open', 'speech 1 0', 'speech 1 40', 'leave', 'close'])
    expect(toPanel).toEqual(['10: speech 1 62.5', '10: speech 1 80', '10: speech 1 120', '10: end 1'])
  })

  it('changes over between two turns without a word to anybody', () => {
    const { outlet, toPanel, here, reportHere } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.end(1)
    reportHere(1, 40, true)
    outlet.panelOpened(HERE)
    outlet.speech(2, 0, chunk())
    expect(here).toEqual(['open', 'speech 1 0', 'end 1', 'close'])
    expect(toPanel).toEqual(['10: speech 2 0'])
  })

  it('goes on here when the panel closes in the middle of a turn, to the sample from where it was heard', () => {
    const { outlet, toPanel, here, played } = openOutlet(true)
    outlet.panelOpened(HERE)
    for (const positionMs of [0, 40, 80]) outlet.speech(1, positionMs, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 45, ended: false })
    outlet.panelClosed({ turn: 1, playedMs: 77.5 })
    outlet.speech(1, 120, chunk())
    outlet.end(1)
    expect(toPanel).toHaveLength(3)
    expect(here).toEqual(['open', 'speech 1 77.5', 'speech 1 80', 'speech 1 120', 'end 1'])
    expect(played).toEqual([[{ turn: 1, playedMs: 45, ended: false }, false]])
  })

  it('goes on from the last report when a panel goes without a word', () => {
    const { outlet, here } = openOutlet(true)
    outlet.panelOpened(HERE)
    for (const positionMs of [0, 40]) outlet.speech(1, positionMs, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 45, ended: false })
    outlet.panelClosed()
    expect(here).toEqual(['open', 'speech 1 45'])
  })

  it('passes on what the panel of another window takes over', () => {
    const { outlet, toPanel } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(1, 0, chunk())
    outlet.panelOpened(THERE)
    outlet.speech(1, 40, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 10, ended: false })
    outlet.panelLeft(THERE, { turn: 1, playedMs: 5 })
    outlet.panelLeft(HERE, { turn: 1, playedMs: 37.5 })
    // Said too late: somebody else plays by now.
    outlet.panelLeft(HERE, { turn: 1, playedMs: 1 })
    outlet.end(1)
    outlet.panelPlayed({ turn: 1, playedMs: 80, ended: true })
    expect(toPanel).toEqual(['10: speech 1 0', '20: speech 1 37.5', '20: speech 1 40', '20: end 1'])
  })

  it('does not wait for ever for a panel that was to leave', () => {
    const { outlet, toPanel } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(1, 0, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 20, ended: false })
    outlet.panelOpened(THERE)
    vi.advanceTimersByTime(3000)
    expect(toPanel).toEqual(['10: speech 1 0', '20: speech 1 20'])
  })

  it('ends a turn of which whoever left had played everything', async () => {
    const { outlet, played, leaveHere } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.end(1)
    outlet.panelOpened(HERE)
    await leaveHere({ turn: 1, playedMs: 40 })
    expect(played).toEqual([[{ turn: 1, playedMs: 40, ended: true }, false]])
    expect(outlet.isBusy).toBe(false)
  })

  it('says what both of them played when it is interrupted after a change', async () => {
    const { outlet, played, leaveHere } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.speech(1, 40, chunk())
    outlet.panelOpened(HERE)
    await leaveHere({ turn: 1, playedMs: 50 })
    outlet.interrupt(1)
    outlet.panelPlayed({ turn: 1, playedMs: 0, ended: true })
    expect(played).toEqual([[{ turn: 1, playedMs: 50, ended: true }, false]])
  })

  it('falls silent at once when it is interrupted while it changes over', async () => {
    const { outlet, toPanel, here, reportHere, leaveHere } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.panelOpened(HERE)
    outlet.interrupt(1)
    reportHere(1, 12, true)
    outlet.speech(2, 0, chunk())
    await leaveHere({ turn: 1, playedMs: 12 })
    expect(here).toEqual(['open', 'speech 1 0', 'leave', 'interrupt 1', 'close'])
    expect(toPanel).toEqual(['10: speech 2 0'])
  })

  it('falls silent when the panel closes and nobody wants it to go on', () => {
    const { outlet, toPanel, here, played } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(1, 0, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 10, ended: false })
    outlet.panelClosed({ turn: 1, playedMs: 12 })
    outlet.speech(1, 40, chunk())
    outlet.speech(2, 0, chunk())
    expect(toPanel).toEqual(['10: speech 1 0'])
    expect(here).toEqual([])
    expect(played.slice(1)).toEqual([
      [{ turn: 1, playedMs: 12, ended: true }, false],
      [{ turn: 2, playedMs: 0, ended: true }, false],
    ])
  })

  it('plays here after a start until the panel that comes with it is up', () => {
    const { outlet, here } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.panelClosed()
    outlet.panelExpected()
    outlet.speech(1, 0, chunk())
    expect(here).toEqual(['open', 'speech 1 0'])
  })

  it('knows a stop in the panel from an end: speech was left', () => {
    const { outlet, toPanel, played } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(1, 0, chunk())
    outlet.speech(1, 40, chunk())
    outlet.end(1)
    outlet.panelPlayed({ turn: 1, playedMs: 25, ended: true })
    expect(played).toEqual([[{ turn: 1, playedMs: 25, ended: true }, true]])
    outlet.speech(1, 80, chunk())
    outlet.speech(2, 0, chunk())
    outlet.end(2)
    outlet.panelPlayed({ turn: 2, playedMs: 40, ended: true })
    expect(toPanel.at(-2)).toBe('10: speech 2 0')
    expect(played.at(-1)).toEqual([{ turn: 2, playedMs: 40, ended: true }, false])
  })

  it('answers an interruption of what is not on its way any more with what was heard of it', () => {
    const { outlet, toPanel, played } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(1, 0, chunk())
    outlet.end(1)
    outlet.panelPlayed({ turn: 1, playedMs: 40, ended: true })
    outlet.interrupt(1)
    outlet.interrupt(2)
    expect(toPanel).toEqual(['10: speech 1 0', '10: end 1'])
    expect(played.map(([report]) => report)).toEqual([
      { turn: 1, playedMs: 40, ended: true },
      { turn: 1, playedMs: 40, ended: true },
      { turn: 2, playedMs: 0, ended: true },
    ])
  })

  it('changes the volume of what sounds', () => {
    const { outlet, here } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.use({ deviceId: '', volume: 0.5, captionsOnly: false })
    expect(here).toEqual(['open', 'speech 1 0', 'volume 0.5'])
  })

  it('forgets turns with their session', () => {
    const { outlet, toPanel } = openOutlet()
    outlet.panelOpened(HERE)
    outlet.speech(7, 0, chunk())
    outlet.interrupt(7)
    outlet.forget()
    outlet.speech(1, 0, chunk())
    expect(toPanel.at(-1)).toBe('10: speech 1 0')
  })
})
