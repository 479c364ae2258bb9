import { i18n } from '#i18n'
import { sendMessage } from '../messaging/messages.ts'

/** Ends the conversation and has it forgotten, here and at its relay. Never rejects. @returns what to say about it */
export async function forgetConversation(): Promise<string> {
  try {
    const at = await sendMessage('forgetConversation')
    if (at === undefined) return i18n.t('forget.done')
    const answer = await sendMessage('deleteConversation', at)
    return answer.ok ? i18n.t('forget.done') : i18n.t('forget.onlyHere', [answer.message])
  } catch {
    return i18n.t('problem.commandLost')
  }
}
