import { type Ticket } from '../../shared/client/relay-client.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { type Answer, type PageSnapshot, sendMessage } from '../messaging/messages.ts'
import { type VoiceState } from '../messaging/voice-state.ts'
import { shownStatusOf } from './status-icon.ts'

/** What only the service worker can do: it has the storage, the tabs and the icon. Every call wakes it. */
export interface Background {
  /** @param resume the conversation to go on with @throws {TicketRefused} */
  readonly getTicket: (resume: string | undefined) => Promise<Ticket>
  readonly captureTab: (request: { tabId?: number }) => Promise<Answer<PageSnapshot>>
  /** Whether a picture of it could be taken now. */
  readonly checkTab: (request: { tabId: number }) => Promise<Answer<{ url: string }>>
  readonly runTool: (call: { name: string; args: Record<string, unknown> }) => Promise<Answer<Record<string, unknown>>>
  readonly showStatus: (state: VoiceState) => Promise<void>
}

export const background: Background = {
  getTicket: async (resume) => {
    const answer = await sendMessage('getTicket', resume === undefined ? {} : { resume })
    if (answer.ok) return answer.value
    throw new TicketRefused(answer.message, answer.code === 'relay-unreachable')
  },
  captureTab: (request) => sendMessage('captureTab', request),
  checkTab: (request) => sendMessage('checkTab', request),
  runTool: (call) => sendMessage('runTool', call),
  showStatus: (state) => sendMessage('showStatus', shownStatusOf(state)),
}
