import { type TalkingClient } from '../../support/talking-client.ts'

/** People breathe, and a relay closes the line of who writes faster than anybody can, ms. */
const BREATH_MS = 300

/**
 * Makes a client talk: it speaks, and types something into the answer, again and again, whatever happens to its line.
 *
 * @returns stops it; resolves when the turn that is under way is over
 */
export function talkOn(talker: TalkingClient): () => Promise<void> {
  const stopping = new AbortController()
  async function talk(): Promise<void> {
    while (!stopping.signal.aborted) {
      await talkOnce(talker)
      await new Promise((resolve) => setTimeout(resolve, BREATH_MS))
    }
  }
  const talked = talk()
  // Whoever stops it hears of it.
  talked.catch(() => undefined)
  return () => {
    stopping.abort()
    return talked
  }
}

/** Speaks, types, and waits for the answer or for a new line: the end of a turn may be lost with the one that is broken. */
export async function talkOnce(talker: TalkingClient): Promise<void> {
  talker.speak(6)
  talker.endSpeaking()
  const before = talker.sockets
  const { turn } = await talker.confirmed(talker.type())
  await talker.until((messages) => {
    const isOver = messages.some((message) => message.type === 'turn.complete' && message.turn >= turn)
    return isOver || talker.sockets > before ? true : undefined
  })
}

/** Resolves when every client was confirmed so many further typed turns. */
export async function everybodyTalks(talkers: readonly TalkingClient[], turns: number): Promise<void> {
  await Promise.all(
    talkers.map((talker) => {
      const target = talker.confirmedTurns + turns
      return talker.until(() => (talker.confirmedTurns >= target ? true : undefined))
    }),
  )
}
