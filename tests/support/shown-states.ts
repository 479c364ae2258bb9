import { type Page } from 'playwright-core'
import { type VoiceChannelMessage, VOICE_CHANNEL_NAME } from '../../extension/messaging/voice-channel.ts'
import { type CaptionTurn, IDLE_VOICE_STATE, type VoiceState } from '../../extension/messaging/voice-state.ts'

const TURNS: readonly CaptionTurn[] = [
  {
    key: 's:1',
    turn: 1,
    user: { text: 'What is this page about?', final: true, interrupted: false },
    assistant: {
      text: 'It tells how beavers change a river. It says: “A dam of sticks and mud slows the water, and a meadow becomes a pond.” Shall I go on?',
      final: true,
      interrupted: false,
    },
    tools: [{ callId: 'c1', name: 'read_page', phase: 'done', ms: 41 }],
  },
  {
    key: 's:2',
    turn: 2,
    user: { text: 'Yes, but only the part about winter.', final: true, interrupted: false },
    assistant: {
      text: 'In winter the pond freezes,',
      unheard: 'and the entrance stays below the ice, so the family can swim out to its store of branches.',
      final: true,
      interrupted: true,
    },
    tools: [],
  },
]

const TALKING: VoiceState = {
  ...IDLE_VOICE_STATE,
  status: { name: 'listening' },
  microphoneOpen: true,
  turns: TURNS,
  brain: { kind: 'local', model: 'aside-local', voice: 'slt', unsupported: [] },
}

/** Every state that a person can see, by the name of its picture. */
export const SHOWN_STATES: Readonly<Record<string, VoiceState>> = {
  idle: IDLE_VOICE_STATE,
  connecting: { ...IDLE_VOICE_STATE, status: { name: 'connecting' } },
  listening: TALKING,
  thinking: { ...TALKING, status: { name: 'thinking' } },
  speaking: { ...TALKING, status: { name: 'speaking' } },
  muted: { ...TALKING, muted: true },
  sharing: { ...TALKING, sharing: { source: 'tab' } },
  reconnecting: { ...TALKING, status: { name: 'reconnecting' } },
  error: { ...TALKING, microphoneOpen: false, status: { name: 'error', problem: 'relay-unreachable', detail: '' } },
}

/** Says to a panel what the offscreen document would say, over the same channel. */
async function tellPanel(panel: Page, message: VoiceChannelMessage): Promise<void> {
  await panel.evaluate(
    ([name, told]) => {
      const channel = new BroadcastChannel(name)
      channel.postMessage(told)
      channel.close()
    },
    [VOICE_CHANNEL_NAME, message] as const,
  )
}

/** Shows one of the states in a panel and waits until it is drawn. */
export async function showState(panel: Page, state: VoiceState): Promise<void> {
  await tellPanel(panel, { type: 'state', state })
  const shape = state.muted ? 'muted' : state.status.name
  await panel.locator(`.side-panel[data-state="${shape}"]`).waitFor()
}
