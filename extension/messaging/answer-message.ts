import { type ExtensionMessages, onMessage } from './messages.ts'
import { type ExtensionPage, isSentBy } from './trusted-sender.ts'

type Input<Type extends keyof ExtensionMessages> = Parameters<ExtensionMessages[Type]>[0]
type Output<Type extends keyof ExtensionMessages> = ReturnType<ExtensionMessages[Type]>

/**
 * Answers one kind of message, from these pages only; anyone else is refused.
 *
 * @param answer a throw reaches the sender as a rejection
 */
export function answerMessage<Type extends keyof ExtensionMessages>(
  type: Type,
  from: readonly ExtensionPage[],
  answer: (input: Input<Type>) => Output<Type> | Promise<Output<Type>>,
): void {
  onMessage(type, (message) => {
    if (!isSentBy(from, message.sender)) throw new Error(`${type} is not for ${message.sender.url ?? 'a stranger'}`)
    return answer(message.data)
  })
}
