import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type PageInFront } from '../messaging/messages.ts'
import { type VoiceState } from '../messaging/voice-state.ts'

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
      mic: state.microphoneOpen,
      tab: isSeen && (source === 'tab' || source === 'region'),
      camera: isSeen && source === 'camera',
      screen: isSeen && source === 'screen',
    },
  }
}
