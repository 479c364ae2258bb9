import { afterEach, beforeEach, expect, vi } from 'vitest'
import { type RelayClient, type RelayClientOptions } from '../../shared/client/relay-client.ts'
import { scriptedClient, type ScriptedClient } from '../../shared/client/scripted-client.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'

interface TimedClient extends ScriptedClient {
  /** Lets `ms` pass and everything that was promised happen. */
  readonly pass: (ms?: number) => Promise<unknown>
}

interface TimedClients {
  /** A client that has not started. */
  readonly harness: (getTicket?: RelayClientOptions['getTicket']) => TimedClient
  /** A client with an open session. */
  readonly conversation: () => Promise<TimedClient>
  /** Cuts the line, waits, and lets the next attempt succeed. */
  readonly dropAndReturn: (client: TimedClient, ready?: object) => Promise<void>
}

/** Gives a test file relay clients on fake timers; after each test they are ended and no timer may be left. */
export function timedClients(): TimedClients {
  const made: RelayClient[] = []
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    for (const client of made.splice(0)) client.end()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  function harness(getTicket?: RelayClientOptions['getTicket']): TimedClient {
    const scripted = scriptedClient(getTicket)
    made.push(scripted.client)
    return { ...scripted, pass: (ms = 0) => vi.advanceTimersByTimeAsync(ms) }
  }

  async function conversation(): Promise<TimedClient> {
    const h = harness()
    h.client.start()
    await h.pass()
    h.socket().accept()
    return h
  }

  async function dropAndReturn(h: TimedClient, ready = {}): Promise<void> {
    h.socket().drop(CLOSE.abnormal)
    await h.pass(10_000)
    h.socket().accept(ready)
  }

  return { harness, conversation, dropAndReturn }
}
