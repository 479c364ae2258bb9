import { storage } from 'wxt/utils/storage'
import { type ShownStatus } from '../messaging/messages.ts'
import { hasOffscreenDocument } from './offscreen-document.ts'

export const IDLE_STATUS: ShownStatus = { name: 'idle', muted: false, sharing: false, waitsForHold: false }

/** In the session's storage, since the service worker forgets everything when Chrome stops it. */
const stored = storage.defineItem<ShownStatus>('session:voiceStatus', { fallback: IDLE_STATUS })

/** What the conversation said last; idle when the document it lived in is gone. */
export async function readVoiceStatus(): Promise<ShownStatus> {
  return (await hasOffscreenDocument()) ? stored.getValue() : IDLE_STATUS
}

/** Whether it said something of a conversation that is no longer there. */
export async function isLeftOver(): Promise<boolean> {
  return (await stored.getValue()).name !== 'idle' && !(await hasOffscreenDocument())
}

export async function keepVoiceStatus(status: ShownStatus): Promise<void> {
  await stored.setValue(status)
}

/** Whether there is a conversation that a click would stop. */
export function isActive({ name }: ShownStatus): boolean {
  return name !== 'idle' && name !== 'error'
}
