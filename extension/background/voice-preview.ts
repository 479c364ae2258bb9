import { askVoicePreview, type VoicePreview } from '../../shared/client/voice-preview.ts'
import { type Answer } from '../messaging/messages.ts'
import { askAs } from './relay-account.ts'

/** Has the brain say a short sentence. @returns a WAV file, base64: messages between pages are JSON */
export async function previewVoice(relayUrl: string, preview: VoicePreview): Promise<Answer<string>> {
  const answer = await askAs(relayUrl, (token) => askVoicePreview({ baseUrl: relayUrl, fetch }, token, preview))
  return answer.ok ? { ok: true, value: base64Of(answer.value) } : answer
}

function base64Of(bytes: Uint8Array): string {
  // One call for all of them would have too many arguments.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
