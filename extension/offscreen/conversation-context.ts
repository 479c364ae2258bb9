import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type PageInFront } from '../messaging/messages.ts'
import { type VoiceState } from '../messaging/voice-state.ts'
import { type RelayLine } from './relay-line.ts'

/** What is true now, as the relay is told it (docs/protocol.md §2.1, `context.update`). */
export function contextOf(state: VoiceState, page: PageInFront | undefined): ClientMessageOf<'context.update'> {
  const { source, waiting } = state.sharing
  const isSeen = waiting !== 'tab-not-in-front' && waiting !== 'opening'
  return {
    type: 'context.update',
    ...(page === undefined
      ? {}
      : { page: { title: page.title.slice(0, 1000), url: page.url.slice(0, 4000), lang: '' } }),
    sensors: {
      mic: state.microphoneOpen || waitsForHold(state),
      tab: isSeen && (source === 'tab' || source === 'region'),
      camera: isSeen && source === 'camera',
      screen: isSeen && source === 'screen',
    },
  }
}

/** With hold-to-talk a person is heard as soon as they want to be, although nothing is sent meanwhile. */
function waitsForHold({ talk, status }: VoiceState): boolean {
  return talk.mode === 'hold' && status.name !== 'idle' && status.name !== 'error'
}

/** Tells the relay what is true now, whenever that changed. */
export class ContextTeller {
  readonly #line: Pick<RelayLine, 'send'>
  #page: PageInFront | undefined
  #told = ''

  constructor(line: Pick<RelayLine, 'send'>) {
    this.#line = line
  }

  /** A relay that knows nothing yet. */
  begin(page: PageInFront | undefined): void {
    this.#page = page
    this.#told = ''
  }

  setPage(page: PageInFront | undefined, state: VoiceState): void {
    this.#page = page
    this.tell(state)
  }

  tell(state: VoiceState): void {
    const context = contextOf(state, this.#page)
    const told = JSON.stringify(context)
    if (told !== this.#told && this.#line.send(context)) this.#told = told
  }
}
