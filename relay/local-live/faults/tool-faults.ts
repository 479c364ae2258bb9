import { isRecord } from '../wire/json-names.ts'
import { type ServerMessage } from '../wire/server-message.ts'
import { type ClientFrame, type Fault, type Rewriting } from './fault.ts'

/** More than a client need run in one turn. */
const MANY_CALLS = 10
/** 200 ms of silence, which is sound too. */
const SOME_SOUND: ServerMessage = {
  serverContent: {
    modelTurn: {
      role: 'model',
      parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: Buffer.alloc(9_600).toString('base64') } }],
    },
  },
}

/** Tool calls that come twice, nameless, too many, too late */
export const TOOL_FAULTS: readonly Fault[] = [
  {
    kind: 'rewrite',
    name: 'duplicate-tool-call',
    source: 'Live API documentation',
    does: 'sends each tool call twice, with the same id',
    rewrite: () => ({ toClient: (message) => (message.toolCall === undefined ? [message] : [message, message]) }),
  },
  {
    kind: 'rewrite',
    name: 'tool-call-without-id',
    source: 'Vertex AI documentation',
    does: 'leaves out the ids of tool calls',
    rewrite: withoutIds,
  },
  {
    kind: 'rewrite',
    name: 'many-tool-calls',
    source: 'Live API documentation',
    does: `asks for ${MANY_CALLS} tools in one message`,
    rewrite: manyCalls,
  },
  {
    kind: 'rewrite',
    name: 'unknown-tool',
    source: 'Live API documentation',
    does: 'calls a tool that nobody declared, before its first answer',
    rewrite: unknownTool,
  },
  {
    kind: 'rewrite',
    name: 'tool-call-mid-speech',
    source: 'livekit/agents#5742',
    does: 'calls a tool in the middle of its speech',
    rewrite: () => ({
      toClient: (message) => (message.toolCall === undefined ? [message] : [SOME_SOUND, message, SOME_SOUND]),
    }),
  },
  {
    kind: 'rewrite',
    name: 'late-cancellation',
    source: 'Live API documentation',
    does: 'takes a tool call back after it was answered',
    rewrite: lateCancellation,
  },
  {
    kind: 'rewrite',
    name: 'no-speech-after-tool',
    source: 'livekit/livekit#4296',
    does: 'says nothing about a tool’s answer, and does not end the turn',
    rewrite: noSpeechAfterTool,
  },
]

interface Answer {
  readonly id?: unknown
  readonly name?: unknown
}

/** The client answers by name; the session knows its calls by id. */
function withoutIds(): Rewriting {
  const ids = new Map<unknown, string>()
  return {
    toClient: (message) => {
      const calls = message.toolCall?.functionCalls
      if (calls === undefined) return [message]
      for (const { id, name } of calls) ids.set(name, id)
      return [{ toolCall: { functionCalls: calls.map((call) => ({ ...call, id: '' })) } }]
    },
    fromClient: (frame) => mapAnswers(frame, (answer) => ({ ...answer, id: ids.get(answer.name) ?? answer.id })),
  }
}

/** Only the first of them is the session's own. */
function manyCalls(): Rewriting {
  return {
    toClient: (message) => {
      const [call] = message.toolCall?.functionCalls ?? []
      if (call === undefined) return [message]
      const more = Array.from({ length: MANY_CALLS - 1 }, (_, index) => ({ ...call, id: `more-${index + 1}` }))
      return [{ toolCall: { functionCalls: [call, ...more] } }]
    },
    fromClient: (frame) => mapAnswers(frame, (answer) => (String(answer.id).startsWith('more-') ? undefined : answer)),
  }
}

/** The session never made that call, and never hears of its answer. */
function unknownTool(): Rewriting {
  const id = 'never-declared'
  let called = false
  return {
    toClient: (message) => {
      if (called || message.serverContent?.modelTurn === undefined) return [message]
      called = true
      return [{ toolCall: { functionCalls: [{ id, name: 'no_such_tool', args: {} }] } }, message]
    },
    fromClient: (frame) => mapAnswers(frame, (answer) => (answer.id === id ? undefined : answer)),
  }
}

function lateCancellation(): Rewriting {
  let answered: readonly string[] = []
  return {
    toClient: (message) => {
      if (message.serverContent === undefined || answered.length === 0) return [message]
      const ids = answered
      answered = []
      return [{ toolCallCancellation: { ids } }, message]
    },
    fromClient: (frame) => {
      answered = answersOf(frame).map(({ id }) => String(id))
      return frame
    },
  }
}

function noSpeechAfterTool(): Rewriting {
  let silent = false
  return {
    toClient: (message) => (silent && message.serverContent !== undefined ? [] : [message]),
    fromClient: (frame) => {
      if ('toolResponse' in frame) silent = true
      else if (isRecord(frame['realtimeInput']) && frame['realtimeInput']['text'] !== undefined) silent = false
      return frame
    },
  }
}

function answersOf({ toolResponse }: ClientFrame): readonly Answer[] {
  const responses = isRecord(toolResponse) ? toolResponse['functionResponses'] : undefined
  return Array.isArray(responses) ? (responses as readonly Answer[]) : []
}

/** @returns the frame without the answers for which `change` has none; undefined when none is left */
function mapAnswers(frame: ClientFrame, change: (answer: Answer) => Answer | undefined): ClientFrame | undefined {
  if (!('toolResponse' in frame)) return frame
  const functionResponses = answersOf(frame).flatMap((answer) => change(answer) ?? [])
  return functionResponses.length === 0 ? undefined : { toolResponse: { functionResponses } }
}
