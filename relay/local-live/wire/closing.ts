/** Why a connection ends: a WebSocket close code and the text Google's service gives for it. */
export interface Closing {
  readonly code: 1007 | 1008 | 1011
  readonly reason: string
}

/** A close frame holds 125 bytes, two of them the code (RFC 6455 §5.5); the service cuts longer texts too. */
const MAX_REASON_BYTES = 123

/** The texts are those seen in public reports of the real service, so that a client can be tested against them. */
export const CLOSING = {
  invalidArgument: refused('Request contains an invalid argument.'),
  setupFirst: refused('setup must be the first message and only the first'),
  explicitActivity: refused('Explicit activity control is not supported when automatic activity detection is enabled.'),
  mediaChunks: refused('realtime_input.media_chunks is deprecated. Use audio, video, or text instead.'),
  voiceWithoutAudio: refused('Cannot extract voices from a non-audio request.'),
  thinkingUnsupported: refused('Thinking level is not supported for this model.'),
  thinkingRequired: refused('Thinking level must be specified.'),
  unregistered: {
    code: 1008,
    reason:
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  },
  tokenSpent: { code: 1008, reason: 'Auth token is unknown, has expired or has no uses left.' },
  sessionNotFound: { code: 1008, reason: 'BidiGenerateContent session not found' },
  entityNotFound: { code: 1008, reason: 'Requested entity was not found.' },
  deadline: { code: 1011, reason: 'Deadline expired before operation could complete.' },
  unavailable: { code: 1011, reason: 'The service is currently unavailable.' },
} as const satisfies Record<string, Closing>

/** 1007: the client's fault; it must not try the same again. */
export function refused(reason: string): Closing {
  return { code: 1007, reason }
}

export function modelNotFound(model: string, version: string): Closing {
  const text = `${model} is not found for API version ${version}, or is not supported for bidiGenerateContent.`
  return {
    code: 1008,
    reason: `${text} Call ListModels to see the list of available models and their supported methods.`,
  }
}

export function voiceNotFound(voice: string, model: string): Closing {
  return refused(`Requested voice api_name '${voice}' is not available for model ${model}`)
}

/** @param name as the client wrote it @param path of the message that holds it, empty for the frame itself */
export function unknownName(name: string, path: string): Closing {
  const place = path === '' ? '' : ` at '${path}'`
  return refused(`Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`)
}

export function internalError(detail: string): Closing {
  return { code: 1011, reason: `Internal error encountered: ${detail}` }
}

/** @returns at most 123 bytes of `reason`, never half a character */
export function fitReason(reason: string): string {
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= MAX_REASON_BYTES) return reason
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES)).replace(/\uFFFD+$/u, '')
}
