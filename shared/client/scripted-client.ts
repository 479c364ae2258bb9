import { type ServerMessage } from '../protocol/server-message.ts'
import { createRelayClient, type RelayClient, type RelayClientOptions, type RelayClientState } from './relay-client.ts'
import { ScriptedSocket } from './scripted-socket.ts'

/** A client whose relay is played by the test, and all it told its listeners, oldest first. */
export interface ScriptedClient {
  readonly client: RelayClient
  readonly sockets: readonly ScriptedSocket[]
  readonly states: readonly RelayClientState[]
  readonly messages: readonly ServerMessage[]
  readonly faults: readonly string[]
  readonly lostMs: readonly number[]
  /** Turns of the speech frames that were heard. */
  readonly turnsHeard: readonly number[]
  /** The newest socket; there has to be one. */
  readonly socket: () => ScriptedSocket
}

export const SCRIPTED_SETUP = { voice: 'Kore' }

/** @param random decides every wait; 0 waits for nothing */
export function scriptedClient(getTicket?: RelayClientOptions['getTicket'], random = 0.5): ScriptedClient {
  const sockets: ScriptedSocket[] = []
  let tickets = 0
  const client = createRelayClient({
    client: { name: 'test', version: '1' },
    setup: SCRIPTED_SETUP,
    getTicket: getTicket ?? (() => Promise.resolve({ ticket: `t${++tickets}`, url: 'ws://relay/v1/live' })),
    openSocket: (url, protocols, events) => {
      const socket = new ScriptedSocket(url, protocols, events)
      sockets.push(socket)
      return socket
    },
    random: () => random,
  })
  const states: RelayClientState[] = []
  const messages: ServerMessage[] = []
  const faults: string[] = []
  const lostMs: number[] = []
  const turnsHeard: number[] = []
  client.events.on('state', (state) => states.push(state))
  client.events.on('message', (message) => messages.push(message))
  client.events.on('fault', (fault) => faults.push(fault))
  client.events.on('audioLost', (ms) => lostMs.push(ms))
  client.events.on('speech', (frame) => turnsHeard.push(frame.turn))
  const socket = () => {
    const newest = sockets.at(-1)
    if (newest === undefined) throw new Error('no socket was opened')
    return newest
  }
  return { client, sockets, states, messages, faults, lostMs, turnsHeard, socket }
}
