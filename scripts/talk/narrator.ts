import { type ServerMessage, type TurnTimings } from '../../shared/protocol/server-message.ts'
import { type TurnInput } from './arguments.ts'
import { type TurnReport } from './conversation.ts'

/** Where the words go: standard output and standard error, a line at a time. */
export interface Voices {
  readonly out: (line: string) => void
  readonly aside: (line: string) => void
}

/** Tells a person what is said and how long it took. */
export class Narrator {
  readonly #voices: Voices
  #timings: TurnTimings = {}

  constructor(voices: Voices) {
    this.#voices = voices
  }

  observe(message: ServerMessage): void {
    const { out, aside } = this.#voices
    switch (message.type) {
      case 'transcript.final':
        out(`${message.role === 'user' ? 'You  ' : 'Aside'}  ${message.text}${message.interrupted ? ' —' : ''}`)
        break
      case 'turn.complete':
        this.#timings = message.timings
        break
      case 'tool.status':
        out(`       (${message.name}: ${message.summary ?? message.phase})`)
        break
      case 'error':
        aside(message.message)
        break
      default:
        break
    }
  }

  /** Tells how long the answer to a turn took, when it is over. */
  report(kind: TurnInput['kind'], report: TurnReport): void {
    if (!report.ok) return
    const marks = [
      kind === 'text' ? undefined : mark('words recognised', this.#timings.inputFinal),
      mark('first sound left the brain', this.#timings.firstAudioUpstream),
      mark('left the relay', this.#timings.firstAudioSent),
      mark('was here', report.firstSoundMs),
    ].filter((text) => text !== undefined)
    const since = kind === 'text' ? 'after it was sent' : 'after the end of speech'
    if (marks.length > 0) this.#voices.out(`       ${since}: ${marks.join(', ')}`)
    this.#timings = {}
  }
}

function mark(name: string, ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${name} ${Math.round(ms)} ms`
}
