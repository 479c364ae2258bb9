import { type ServerContent, type ServerMessage } from '../wire/server-message.ts'
import { type Fault, type Frame, type Rewriting } from './fault.ts'

const INTERRUPTED: ServerMessage = { serverContent: { interrupted: true } }
const TURN_COMPLETE: ServerMessage = { serverContent: { turnComplete: true } }

/** Turns that begin, end or are told in another way than they should */
export const TURN_FAULTS: readonly Fault[] = [
  {
    kind: 'rewrite',
    name: 'phantom-interrupted',
    source: 'googleapis/python-genai#2333',
    does: 'interrupts its first answer by itself, and then never has a voice again',
    rewrite: () => voiceless((first) => (first ? [INTERRUPTED] : [])),
  },
  {
    kind: 'rewrite',
    name: 'voiceless',
    source: 'googleapis/python-genai#2333',
    does: 'ends every turn without a word and without a sound',
    rewrite: () => voiceless(() => []),
  },
  {
    kind: 'strike',
    name: 'spurious-pair',
    at: 'typed',
    source: 'langwatch/scenario#360',
    does: 'says interrupted and turnComplete before the answer begins',
    strike: (wire) => wire.send(INTERRUPTED, TURN_COMPLETE),
  },
  {
    kind: 'rewrite',
    name: 'interrupted-only',
    source: 'Live API documentation',
    does: 'interrupts its first answer and never says that the turn is complete',
    rewrite: () => cutFirstAnswer([INTERRUPTED]),
  },
  {
    kind: 'rewrite',
    name: 'premature-turn-complete',
    source: 'googleapis/js-genai#707',
    does: 'says turnComplete in the middle of the first sentence, and stops',
    rewrite: () => cutFirstAnswer([{ serverContent: { generationComplete: true, turnComplete: true } }]),
  },
  {
    kind: 'rewrite',
    name: 'missing-turn-complete',
    source: 'google-gemini/cookbook#1346',
    does: 'never says turnComplete',
    rewrite: () => without('turnComplete'),
  },
  {
    kind: 'rewrite',
    name: 'missing-turn-end',
    source: 'google-gemini/cookbook#1346',
    does: 'says neither generationComplete nor turnComplete',
    rewrite: () => without('turnComplete', 'generationComplete'),
  },
  {
    kind: 'rewrite',
    name: 'double-turn-complete',
    source: 'Live API documentation',
    does: 'says turnComplete twice',
    rewrite: () => ({
      toClient: (message) => (message.serverContent?.turnComplete ? [message, TURN_COMPLETE] : [message]),
    }),
  },
  {
    kind: 'rewrite',
    name: 'late-audio',
    source: 'langwatch/scenario#760',
    does: 'goes on sending sound of the answer that was interrupted',
    rewrite: lateAudio,
  },
  {
    kind: 'rewrite',
    name: 'duplicate-transcript',
    source: 'google-gemini/cookbook#1346',
    does: 'sends each piece of the input transcript twice',
    rewrite: () => ({
      toClient: (message) => (message.serverContent?.inputTranscription ? [message, message] : [message]),
    }),
  },
  {
    kind: 'rewrite',
    name: 'split-transcript',
    source: 'googleapis/js-genai#1429',
    does: 'splits transcripts inside words and never says that they are finished',
    rewrite: () => ({ toClient: splitTranscripts }),
  },
  {
    kind: 'rewrite',
    name: 'late-transcript',
    source: 'Live API documentation',
    does: 'sends what it heard after its answer has begun',
    rewrite: lateTranscript,
  },
  {
    kind: 'rewrite',
    name: 'no-transcript',
    source: 'OpenWhispr/openwhispr#2237',
    does: 'never says what it heard',
    rewrite: () => without('inputTranscription'),
  },
]

/** Answers have no words and no sound; `instead` is sent where the sound of a turn would begin. */
function voiceless(instead: (first: boolean) => readonly Frame[]): Rewriting {
  let first = true
  return {
    toClient: (message) => {
      if (isAnswer(message)) {
        const frames = instead(first)
        if (message.serverContent?.modelTurn !== undefined) first = false
        return message.serverContent?.modelTurn === undefined ? [] : frames
      }
      return message.serverContent?.generationComplete ? [] : [message]
    },
  }
}

/** The first sound of the first answer is sent, then `instead`, then nothing until the next turn begins. */
function cutFirstAnswer(instead: readonly Frame[]): Rewriting {
  let state: 'before' | 'cut' | 'after' = 'before'
  return {
    toClient: (message) => {
      const { serverContent: content } = message
      if (state === 'before' && content?.modelTurn !== undefined) {
        state = 'cut'
        return [message, ...instead]
      }
      if (state !== 'cut') return [message]
      if (content?.turnComplete) {
        state = 'after'
        return []
      }
      return isAnswer(message) || content?.generationComplete || content?.interrupted ? [] : [message]
    },
  }
}

function without(...fields: readonly (keyof ServerContent)[]): Rewriting {
  return {
    toClient: ({ serverContent, ...rest }) => {
      if (serverContent === undefined) return [rest]
      const left = Object.entries(serverContent).filter(([name]) => !fields.some((field) => field === name))
      const message = left.length === 0 ? rest : { ...rest, serverContent: Object.fromEntries(left) }
      return Object.keys(message).length === 0 ? [] : [message]
    },
  }
}

function lateAudio(): Rewriting {
  let last: ServerMessage | undefined
  return {
    toClient: (message) => {
      if (message.serverContent?.modelTurn !== undefined) last = message
      return message.serverContent?.interrupted && last !== undefined ? [message, last, last, last] : [message]
    },
  }
}

function splitTranscripts(message: ServerMessage): readonly Frame[] {
  const { serverContent: content } = message
  for (const name of ['inputTranscription', 'outputTranscription'] as const) {
    const text = content?.[name]?.text
    if (text === undefined) continue
    return (text.match(/.{1,3}/gsu) ?? []).map((piece) => ({
      serverContent: { [name]: { text: piece, finished: false } },
    }))
  }
  return [message]
}

function lateTranscript(): Rewriting {
  const waiting: ServerMessage[] = []
  return {
    toClient: (message) => {
      const { inputTranscription, modelTurn, turnComplete } = message.serverContent ?? {}
      if (inputTranscription !== undefined) {
        waiting.push(message)
        return []
      }
      if (modelTurn !== undefined) return [message, ...waiting.splice(0)]
      return turnComplete ? [...waiting.splice(0), message] : [message]
    },
  }
}

function isAnswer({ serverContent: content }: ServerMessage): boolean {
  return content?.modelTurn !== undefined || content?.outputTranscription !== undefined
}
