import { pino } from 'pino'

/** What a log line may carry: ids, codes, sizes and durations; never audio, words, arguments or tokens. */
type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger
}

export interface LogSink {
  write(line: string): unknown
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Writes one JSON object a line. Secrets are scrubbed from the finished line, so that no field can forget it. */
export function createLogger(level: LogLevel | 'silent', sink: LogSink): Logger {
  const scrubbed: LogSink = { write: (line) => sink.write(scrubSecrets(line)) }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, scrubbed)
}

/** The forms a secret takes in addresses, headers and subprotocols, each with what may stay in front of it. */
const SECRET_FORMS =
  /\b((?:key|access_token|refresh_token|token|secret)=|bearer\s+|ticket\.|auth_tokens\/)[^\s"'&,;\\<>]+/gi

/** A bare Google API key, wherever it turns up. */
const GOOGLE_KEY = /\bAIza[0-9A-Za-z_-]{20,}/g

/** @returns the text with the values of keys, bearer tokens and tickets replaced by `•••`. */
export function scrubSecrets(text: string): string {
  return text.replace(SECRET_FORMS, '$1•••').replace(GOOGLE_KEY, '•••')
}
