import { describe, expect, it } from 'vitest'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type Played } from '../speaker/playback-messages.ts'
import { type Speaker, type SpeakerOptions } from '../speaker/speaker.ts'
import { SpeechOutlet } from './speech-outlet.ts'

/** 40 ms of speech. */
const chunk = () => new ArrayBuffer(1920)

/** An outlet with everything that left it, one line each. */
function openOutlet(keepTalking = false) {
  const toPanel: string[] = []
  const here: string[] = []
  const played: [Played, boolean][] = []
  let report: SpeakerOptions['onPlayed'] | undefined
  const outlet = new SpeechOutlet({
    post: (message: VoiceChannelMessage) => toPanel.push(lineOf(message)),
    openSpeaker: (options): Speaker => {
      report = options.onPlayed
      here.push('open')
      return {
        play: (turn, positionMs) => here.push(`speech ${turn} ${positionMs}`),
        end: (turn) => here.push(`end ${turn}`),
        interrupt: (turn) => here.push(`interrupt ${turn}`),
        setVolume: () => undefined,
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
  }
}

function lineOf(message: VoiceChannelMessage): string {
  switch (message.type) {
    case 'speech':
      return `speech ${message.turn} ${message.positionMs}`
    case 'speech-end':
      return `end ${message.turn}`
    case 'interrupted':
      return `interrupt ${message.turn}`
    default:
      return message.type
  }
}

describe('SpeechOutlet', () => {
  it('plays in the panel, and interruptions go the same way as the speech', () => {
    const { outlet, toPanel, here, played } = openOutlet()
    outlet.panelOpened()
    outlet.speech(1, 0, chunk())
    outlet.speech(1, 40, chunk())
    outlet.interrupt(1)
    outlet.speech(1, 80, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 30, ended: true })
    expect(toPanel).toEqual(['speech 1 0', 'speech 1 40', 'interrupt 1'])
    expect(here).toEqual([])
    expect(played).toEqual([[{ turn: 1, playedMs: 30, ended: true }, false]])
  })

  it('plays here until a panel has shown up, and changes over between two turns', () => {
    const { outlet, toPanel, here, reportHere } = openOutlet()
    outlet.speech(1, 0, chunk())
    outlet.panelOpened()
    outlet.speech(1, 40, chunk())
    outlet.end(1)
    reportHere(1, 80, true)
    outlet.speech(2, 0, chunk())
    expect(here).toEqual(['open', 'speech 1 0', 'speech 1 40', 'end 1', 'close'])
    expect(toPanel).toEqual(['speech 2 0'])
  })

  it('goes on here when the panel closes in the middle of a turn, from where it was heard', () => {
    const { outlet, toPanel, here, played } = openOutlet(true)
    outlet.panelOpened()
    for (const positionMs of [0, 40, 80]) outlet.speech(1, positionMs, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 45, ended: false })
    outlet.panelClosed()
    outlet.speech(1, 120, chunk())
    outlet.end(1)
    expect(toPanel).toHaveLength(3)
    expect(here).toEqual(['open', 'speech 1 40', 'speech 1 80', 'speech 1 120', 'end 1'])
    expect(played).toEqual([[{ turn: 1, playedMs: 45, ended: false }, false]])
  })

  it('falls silent when the panel closes and nobody wants it to go on', () => {
    const { outlet, toPanel, here, played } = openOutlet()
    outlet.panelOpened()
    outlet.speech(1, 0, chunk())
    outlet.panelPlayed({ turn: 1, playedMs: 10, ended: false })
    outlet.panelClosed()
    outlet.speech(1, 40, chunk())
    outlet.speech(2, 0, chunk())
    expect(toPanel).toEqual(['speech 1 0'])
    expect(here).toEqual([])
    expect(played.slice(1)).toEqual([
      [{ turn: 1, playedMs: 10, ended: true }, false],
      [{ turn: 2, playedMs: 0, ended: true }, false],
    ])
  })

  it('plays here after a start until the panel that comes with it is up', () => {
    const { outlet, here } = openOutlet()
    outlet.panelOpened()
    outlet.panelClosed()
    outlet.panelExpected()
    outlet.speech(1, 0, chunk())
    expect(here).toEqual(['open', 'speech 1 0'])
  })

  it('knows a stop in the panel from an end: speech was left', () => {
    const { outlet, toPanel, played } = openOutlet()
    outlet.panelOpened()
    outlet.speech(1, 0, chunk())
    outlet.speech(1, 40, chunk())
    outlet.end(1)
    outlet.panelPlayed({ turn: 1, playedMs: 25, ended: true })
    expect(played).toEqual([[{ turn: 1, playedMs: 25, ended: true }, true]])
    outlet.speech(1, 80, chunk())
    outlet.speech(2, 0, chunk())
    outlet.end(2)
    outlet.panelPlayed({ turn: 2, playedMs: 40, ended: true })
    expect(toPanel.at(-2)).toBe('speech 2 0')
    expect(played.at(-1)).toEqual([{ turn: 2, playedMs: 40, ended: true }, false])
  })

  it('answers an interruption of what is not on its way any more with what was heard of it', () => {
    const { outlet, toPanel, played } = openOutlet()
    outlet.panelOpened()
    outlet.speech(1, 0, chunk())
    outlet.end(1)
    outlet.panelPlayed({ turn: 1, playedMs: 40, ended: true })
    outlet.interrupt(1)
    outlet.interrupt(2)
    expect(toPanel).toEqual(['speech 1 0', 'end 1'])
    expect(played.map(([report]) => report)).toEqual([
      { turn: 1, playedMs: 40, ended: true },
      { turn: 1, playedMs: 40, ended: true },
      { turn: 2, playedMs: 0, ended: true },
    ])
  })

  it('forgets turns with their session', () => {
    const { outlet, toPanel } = openOutlet()
    outlet.panelOpened()
    outlet.speech(7, 0, chunk())
    outlet.interrupt(7)
    outlet.forget()
    outlet.speech(1, 0, chunk())
    expect(toPanel.at(-1)).toBe('speech 1 0')
  })
})
