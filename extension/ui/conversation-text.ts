import { type CaptionText, type CaptionTurn } from '../messaging/voice-state.ts'

/** The conversation as plain text, a paragraph for each who spoke; words that were cut off are left out. */
export function conversationText(
  turns: readonly CaptionTurn[],
  names: { readonly user: string; readonly assistant: string },
): string {
  return turns
    .flatMap((turn) => [...paragraph(names.user, turn.user), ...paragraph(names.assistant, turn.assistant)])
    .join('\n\n')
}

function paragraph(name: string, caption: CaptionText | undefined): readonly string[] {
  const text = caption?.text.trim() ?? ''
  if (text === '') return []
  return [`${name}: ${text}${caption?.interrupted === true ? ' —' : ''}`]
}
