import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type CaptionText, type CaptionTurn, type ToolChip } from '../messaging/voice-state.ts'

/** The whole list travels to the panel with every change; older turns are in the relay's history. */
const MAX_TURNS = 200

type Captions = readonly CaptionTurn[]

/** What a relay's message adds to the list of turns; the same list when it adds nothing. Pure. */
export function captionsAfter(turns: Captions, sessionId: string, message: ServerMessage): Captions {
  switch (message.type) {
    case 'session.ready':
      return (message.history ?? []).reduce(
        (known, entry) => withFinal(known, message.sessionId, { type: 'transcript.final', ...entry }),
        turns,
      )
    case 'transcript.delta':
      return withDelta(turns, sessionId, message)
    case 'transcript.final':
      return withFinal(turns, sessionId, message)
    case 'turn.interrupted':
      return withInterruption(turns, sessionId, message.turn)
    case 'tool.status':
      return withTool(turns, message)
    default:
      return turns
  }
}

function withDelta(turns: Captions, sessionId: string, delta: ServerMessageOf<'transcript.delta'>): Captions {
  return changeTurn(turns, sessionId, delta.turn, (turn) => {
    const before = turn[delta.role]
    // The final text is the truth; what trickles in after it is an echo.
    if (before?.final === true) return turn
    const text: CaptionText = {
      text: (before?.text ?? '') + delta.text,
      final: false,
      interrupted: before?.interrupted ?? false,
    }
    return { ...turn, [delta.role]: text }
  })
}

function withFinal(turns: Captions, sessionId: string, final: ServerMessageOf<'transcript.final'>): Captions {
  return changeTurn(turns, sessionId, final.turn, (turn) => {
    const interrupted = final.interrupted === true
    const unheard = interrupted ? restAfter(final.text, turn[final.role]) : undefined
    const text: CaptionText = {
      text: final.text,
      final: true,
      interrupted,
      ...(unheard === undefined ? {} : { unheard }),
    }
    return { ...turn, [final.role]: text }
  })
}

/** The words that were said and not heard: what the deltas have beyond the text that was kept. */
function restAfter(heard: string, said: CaptionText | undefined): string | undefined {
  if (said === undefined || said.final) return said?.unheard
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '')
  const heardWords = words(heard)
  const saidWords = words(said.text)
  const isPrefix = heardWords.every((word, index) => saidWords[index] === word)
  const rest = saidWords.slice(heardWords.length)
  return isPrefix && rest.length > 0 ? rest.join(' ') : undefined
}

function withInterruption(turns: Captions, sessionId: string, turnNumber: number): Captions {
  return turns.map((turn) => {
    const { assistant } = turn
    if (turn.key !== keyOf(sessionId, turnNumber) || assistant === undefined || assistant.final) return turn
    return { ...turn, assistant: { ...assistant, interrupted: true } }
  })
}

/** A tool belongs to the newest turn: the relay runs none for an older one. */
function withTool(turns: Captions, status: ServerMessageOf<'tool.status'>): Captions {
  const chip: ToolChip = {
    callId: status.callId,
    name: status.name,
    phase: status.phase,
    ...(status.ms === undefined ? {} : { ms: status.ms }),
  }
  const holder = turns.findLast((turn) => turn.tools.some((tool) => tool.callId === chip.callId)) ?? turns.at(-1)
  return turns.map((turn) => {
    if (turn !== holder) return turn
    const isKnown = turn.tools.some((tool) => tool.callId === chip.callId)
    const tools = isKnown
      ? turn.tools.map((tool) => (tool.callId === chip.callId ? chip : tool))
      : [...turn.tools, chip]
    return { ...turn, tools }
  })
}

function changeTurn(
  turns: Captions,
  sessionId: string,
  number: number,
  change: (turn: CaptionTurn) => CaptionTurn,
): Captions {
  const key = keyOf(sessionId, number)
  if (turns.some((turn) => turn.key === key)) return turns.map((turn) => (turn.key === key ? change(turn) : turn))
  return [...turns, change({ key, turn: number, tools: [] })].slice(-MAX_TURNS)
}

function keyOf(sessionId: string, turn: number): string {
  return `${sessionId}:${turn}`
}
