import { isRecord } from './json-names.ts'

/** Tokens of one kind. */
export interface ModalityTokens {
  readonly modality: 'TEXT' | 'IMAGE' | 'AUDIO'
  readonly tokenCount: number
}

export interface UsageMetadata {
  readonly promptTokenCount: number
  readonly responseTokenCount: number
  readonly totalTokenCount: number
  readonly promptTokensDetails: readonly ModalityTokens[]
  readonly responseTokensDetails: readonly ModalityTokens[]
}

interface FunctionCall {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

export interface ServerContent {
  readonly modelTurn?: {
    readonly role: 'model'
    readonly parts: readonly { readonly inlineData: { readonly mimeType: string; readonly data: string } }[]
  }
  readonly inputTranscription?: { readonly text: string; readonly finished: boolean }
  readonly outputTranscription?: { readonly text: string; readonly finished: boolean }
  readonly interrupted?: true
  readonly generationComplete?: true
  readonly turnComplete?: true
  readonly interactionStatus?: 'IN_PROGRESS' | 'IDLE'
}

/** What the server says. There is no error message: errors are close frames. */
export interface ServerMessage {
  readonly setupComplete?: { readonly sessionId: string }
  readonly serverContent?: ServerContent
  readonly toolCall?: { readonly functionCalls: readonly FunctionCall[] }
  readonly toolCallCancellation?: { readonly ids: readonly string[] }
  readonly usageMetadata?: UsageMetadata
  readonly goAway?: { readonly timeLeft: string }
  readonly sessionResumptionUpdate?: { readonly newHandle: string; readonly resumable: boolean }
}

/**
 * Writes a message as protobuf's JSON does: what has its default value is left out. A client that tests
 * `'interrupted' in serverContent` would otherwise take `interrupted:false` for an interruption.
 */
export function encodeServerMessage(message: ServerMessage): string {
  return JSON.stringify(withoutDefaults(message))
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !isDefault(inner))
      // A call's arguments are the tool's data, where false and 0 mean something.
      .map(([name, inner]) => [name, name === 'args' ? inner : withoutDefaults(inner)]),
  )
}

function isDefault(value: unknown): boolean {
  return (
    value === undefined ||
    value === false ||
    value === '' ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  )
}

/** A length of time as protobuf writes it. */
export function seconds(ms: number): string {
  return `${Math.max(0, ms / 1000)}s`
}
