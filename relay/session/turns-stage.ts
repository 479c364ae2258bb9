import { type Turn } from './turn.ts'
import { Turns, type TurnSink } from './turns.ts'

/** Turns for tests: writes down what is told, one line each. */
export function listen() {
  const told: string[] = []
  const sink: TurnSink = {
    started: (turn) => told.push(`start ${turn.id}`),
    words: (turn, role, text) => told.push(`${role} ${turn.id}: ${text}`),
    answerBegan: (turn) => told.push(`answer ${turn.id}`),
    interrupted: (turn) => told.push(`interrupted ${turn.id}`),
    userSaid: (turn, text, id) => told.push(`store user ${turn.id}: ${text}${id === undefined ? '' : ` (${id})`}`),
    answered: (turn, extent) => told.push(`store answer ${turn.id} ${extent}: ${turn.answerText}`),
    completed: (turn) => told.push(`complete ${turn.id}`),
  }
  const turns = new Turns(sink)
  /** @returns what was told since the last call */
  const news = () => told.splice(0)
  return { turns, news }
}

export function idOf(turn: Turn | undefined): number | undefined {
  return turn?.id
}
