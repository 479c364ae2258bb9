import { CLOSING, modelNotFound, unknownName, type Closing } from '../wire/closing.ts'
import { type Fault, type Moment } from './fault.ts'

/** Connections that never come about, end, or fall silent */
export const ENDING_FAULTS: readonly Fault[] = [
  refusal('upgrade-cut', 'cut', 'hangs up in the middle of the upgrade'),
  refusal('upgrade-hang', 'hang', 'takes the connection and never answers the upgrade'),
  refusal('upgrade-403', 403, 'refuses the upgrade: 403'),
  refusal('upgrade-429', 429, 'refuses the upgrade: 429'),
  refusal('upgrade-500', 500, 'refuses the upgrade: 500'),
  refusal('upgrade-503', 503, 'refuses the upgrade: 503'),

  drop('drop-setup', 'setup', 'before setupComplete'),
  drop('drop-idle', 'ready', 'right after setupComplete'),
  drop('drop-speech', 'userSpeech', 'while the user speaks'),
  drop('drop-answer', 'answer', 'while the answer is spoken'),
  drop('drop-tool', 'toolCall', 'while a tool runs'),
  drop('drop-tool-response', 'toolResponse', 'when the tool’s answer arrives'),

  closes('close-1000', 'answer', { code: 1000, reason: '' }, 'google/adk-python#4587'),
  closes(
    'close-1011-aborted',
    'answer',
    { code: 1011, reason: 'The operation was aborted.' },
    'livekit/agents-js#2366',
  ),
  {
    kind: 'strike',
    name: 'close-1005',
    at: 'answer',
    does: 'closes without a code',
    source: 'reports of users',
    strike: (wire) => wire.close(),
  },

  closes('invalid-argument', 'setup', CLOSING.invalidArgument),
  closes('unknown-field', 'setup', unknownName('x', 'setup'), 'googleapis/js-genai#696'),
  closes('no-voices', 'setup', CLOSING.voiceWithoutAudio),
  closes(
    'bad-key',
    'setup',
    { code: 1007, reason: 'API key not valid. Please pass a valid API key.' },
    'googleapis/js-genai#600',
  ),
  closes('media-chunks', 'userSpeech', CLOSING.mediaChunks, 'pipecat-ai/pipecat#4168'),
  closes('invalid-argument-late', 'typed', CLOSING.invalidArgument, 'pipecat-ai/pipecat#4168'),

  closes('model-not-found', 'setup', modelNotFound('models/X', 'v1beta')),
  closes(
    'not-implemented',
    'toolCall',
    {
      code: 1008,
      reason: 'Operation is not implemented, or supported, or enabled.',
    },
    'googleapis/js-genai#1236',
  ),
  closes('entity-not-found', 'toolResponse', CLOSING.entityNotFound, 'google/adk-python#3918'),
  closes(
    'leaked-key',
    'setup',
    {
      code: 1008,
      reason: 'Your API key was reported as leaked. Please use another API key.',
    },
    'googleapis/python-genai#1710',
  ),
  closes('unregistered', 'setup', CLOSING.unregistered, 'google-gemini/cookbook#821'),

  closes(
    'internal-error',
    'answer',
    { code: 1011, reason: 'Internal error encountered.' },
    'googleapis/python-genai#985',
  ),
  closes('internal-error-speech', 'userSpeech', { code: 1011, reason: 'Internal error occurred.' }),
  closes('unavailable', 'setup', CLOSING.unavailable, 'discuss.ai.google.dev 167186'),
  closes('deadline', 'answer', CLOSING.deadline),
  closes(
    'thread-cancelled',
    'answer',
    { code: 1011, reason: 'Thread was cancelled when writing StartStep status.' },
    'google/adk-python#3692',
  ),
  closes('quota', 'setup', {
    code: 1011,
    reason: 'You exceeded your current quota, please check your plan and billing details.',
  }),

  closes('handle-refused', 'resume', CLOSING.sessionNotFound, 'Live API documentation'),
  closes('handle-invalid', 'resume', CLOSING.invalidArgument, 'Live API documentation'),
  closes(
    'handle-useless',
    'resume',
    { code: 1011, reason: 'Internal error encountered.' },
    'kazunori279/adk-streaming-guide#11',
  ),
  {
    kind: 'strike',
    name: 'handle-in-use',
    at: 'resume',
    does: 'refuses with 1011 to resume while the old connection is open',
    source: 'aicc2025/sip-to-ai#14',
    strike: (wire) => {
      if (wire.resumesOpenSession) wire.close(1011, 'Internal error encountered.')
    },
  },

  strike('no-setup', 'setup', (wire) => wire.mute(), 'never says setupComplete', 'PatterAI/Patter#210'),
  strike(
    'slow-setup',
    'setup',
    (wire) => wire.hold(3_000),
    'takes 3 s more to say setupComplete',
    'ai-shifu/ai-shifu#2744',
  ),
  strike(
    'silent',
    'answer',
    (wire) => wire.mute(),
    'says nothing any more, not even goodbye',
    'livekit/agents-js#2366',
  ),
  strike('deaf', 'ready', (wire) => wire.deafen(), 'takes everything and acts on nothing', 'pipecat-ai/pipecat#4242'),
  strike(
    'deaf-resumed',
    'resume',
    (wire) => wire.after(0, () => wire.deafen()),
    'resumes, then acts on nothing',
    'pipecat-ai/pipecat#4242',
  ),
  strike('stuck', 'ready', (wire) => wire.stopReading(), 'reads nothing any more', 'livekit/agents-js#2366'),
  strike(
    'stall',
    'answer',
    (wire) => wire.hold(1_500),
    'stops for 1.5 s in the middle of an answer',
    'google-gemini/cookbook#1255',
  ),

  strike(
    'go-away',
    'answer',
    (wire) => {
      wire.send({ goAway: { timeLeft: '2s' } })
      wire.after(2_000, () => wire.close(CLOSING.deadline.code, CLOSING.deadline.reason))
    },
    'says goAway with 2 s left, then closes with 1011 "Deadline expired …"',
    'kizuna-ai-lab/sokuji#179',
  ),
  strike('go-away-only', 'answer', sayGoAway, 'says goAway with 2 s left and stays', 'Live API documentation'),
  strike(
    'go-away-silent',
    'answer',
    (wire) => {
      sayGoAway(wire)
      wire.mute()
    },
    'says goAway with 2 s left and then nothing any more',
    'sierra-research/tau2-bench#461',
  ),
  strike(
    'go-away-at-once',
    'turnEnd',
    (wire) => wire.send({ goAway: { timeLeft: '0s' } }),
    'goAway, no time',
    'Live API documentation',
  ),
]

function sayGoAway(wire: { send: (message: { goAway: { timeLeft: string } }) => void }): void {
  wire.send({ goAway: { timeLeft: '2s' } })
}

function refusal(name: string, answer: Extract<Fault, { kind: 'refusal' }>['answer'], does: string): Fault {
  return { kind: 'refusal', name, answer, does, source: 'any HTTP service' }
}

function drop(name: string, at: Moment, when: string): Fault {
  return strike(name, at, (wire) => wire.cut(), `cuts the line ${when} (1006)`, 'reports of users')
}

function closes(name: string, at: Moment, { code, reason }: Farewell, source = 'reports of users'): Fault {
  const does = reason === '' ? `closes with ${code} and no reason` : `closes with ${code} "${reason}"`
  return strike(name, at, (wire) => wire.close(code, reason), does, source)
}

type Farewell = Omit<Closing, 'code'> & { readonly code: number }

function strike(
  name: string,
  at: Moment,
  act: Extract<Fault, { kind: 'strike' }>['strike'],
  does: string,
  source: string,
): Fault {
  return { kind: 'strike', name, at, strike: act, does, source }
}
