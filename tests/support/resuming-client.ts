import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type ScriptedCall } from './scripted-live.ts'
import { heard, said, turnComplete } from './scripted-live-messages.ts'
import { type BareClient, openBareClient } from './test-relay-client.ts'

type Resume = NonNullable<ClientMessageOf<'session.start'>['resume']>

export interface AttachedClient extends BareClient {
  readonly ready: ServerMessageOf<'session.ready'>
  /** What brings a later socket back here. */
  readonly resume: (changes?: Partial<Resume>) => Resume
}

/** A bare client in a conversation: a new one, or one it comes back to. */
export async function attach(relayUrl: string, resume?: Resume, setup: SessionSetup = {}): Promise<AttachedClient> {
  const bare = await openBareClient(relayUrl)
  const start = { type: 'session.start', client: { name: 'bare', version: '0' }, setup } as const
  bare.send(resume === undefined ? start : { ...start, resume })
  const ready = await bare.arrivals.message('session.ready')
  const { sessionId, resumeToken } = ready
  return {
    ...bare,
    ready,
    resume: (changes) => ({
      sessionId,
      resumeToken,
      lastSeq: Math.max(resume?.lastSeq ?? 0, ...bare.arrivals.of('transcript.final').map(({ seq }) => seq)),
      epoch: 0,
      ...changes,
    }),
  }
}

/** Cuts the line as a network does. */
export async function drop(client: AttachedClient): Promise<void> {
  client.socket.terminate()
  await client.closed
}

/** One whole turn: a question and its answer. */
export async function converse(call: ScriptedCall, client: AttachedClient, name: string): Promise<void> {
  const before = client.arrivals.of('turn.complete').length
  call.send(heard(`question ${name}`))
  call.send(said(`answer ${name}`))
  call.send(turnComplete)
  await client.arrivals.until(() => (client.arrivals.of('turn.complete').length > before ? true : undefined))
}

/** The entries a client was told, by number and words. */
export function finalsOf(client: AttachedClient): readonly (readonly [number, string])[] {
  return client.arrivals.of('transcript.final').map(({ seq, text }) => [seq, text] as const)
}
