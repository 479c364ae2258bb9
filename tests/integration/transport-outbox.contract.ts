import { describe, expect, it } from 'vitest'
import { createOutbox, ENGINE_SHARE_BYTES, type Outbox } from '../../relay/transport/outbox.ts'
import { type StartTransport } from '../../relay/transport/transport.ts'
import { decodeServerMessage } from '../../shared/protocol/codec.ts'
import { decodeMediaFrame } from '../../shared/protocol/media-frame.ts'
import { connectClient, eventually, PROTOCOL, startServer } from '../support/transport-server.ts'

/** What the outgoing queue promises on a real line. */
export function outboxContract(start: StartTransport): void {
  describe('the outgoing queue', () => {
    it('gets everything through to a slow reader but the speech of an interrupted turn, and paces the brain', async () => {
      const calls: string[] = []
      const opened = Promise.withResolvers<Outbox>()
      const server = await startServer(start, {
        onUpgrade: () => ({
          accept: true,
          protocol: PROTOCOL,
          open: (peer) => {
            const box = createOutbox(peer, { onPause: () => calls.push('pause'), onResume: () => calls.push('resume') })
            opened.resolve(box)
            return {
              onText: () => undefined,
              onBinary: () => undefined,
              onDrain: () => box.drained(),
              onClose: () => box.dispose(),
            }
          },
        }),
      })
      const client = await connectClient(server.ws)
      const outbox = await opened.promise
      const arrived: string[] = []
      client.on('message', (data: Buffer, isBinary) => arrived.push(nameOf(data, isBinary)))
      client.pause()

      let seq = 0
      while (!calls.includes('pause')) {
        outbox.sendSpeech(1, seq++, 0, new Uint8Array(9600))
        if (seq % 50 === 0) {
          outbox.sendMessage({ type: 'audio.ack', seq })
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const queued = outbox.queuedBytes()
      outbox.interrupted(1)
      const left = outbox.queuedBytes()
      expect(queued - left).toBeGreaterThan(queued - 2 * ENGINE_SHARE_BYTES)
      outbox.sendMessage({ type: 'turn.interrupted', turn: 1 })
      for (let next = 0; next < 100; next++) outbox.sendSpeech(2, seq + next, 0, new Uint8Array(9600))
      outbox.sendMessage({ type: 'turn.complete', turn: 2, timings: {} })

      client.resume()
      await eventually(() => arrived.includes('turn.complete'))
      const at = arrived.indexOf('turn.interrupted')
      expect(arrived.slice(0, at)).not.toContain('speech 2')
      expect(arrived.slice(at + 1)).toEqual([...Array<string>(100).fill('speech 2'), 'turn.complete'])
      expect(arrived.filter((name) => name === 'speech 1').length).toBeLessThan(seq)
      expect(arrived.filter((name) => name === 'audio.ack')).toHaveLength(Math.floor(seq / 50))
      await eventually(() => outbox.queuedBytes() === 0)
      expect(calls.filter((call) => call === 'pause').length).toBe(calls.filter((call) => call === 'resume').length)
    })
  })
}

function nameOf(data: Buffer, isBinary: boolean): string {
  if (isBinary) {
    const frame = decodeMediaFrame(data)
    return typeof frame !== 'string' && frame.kind === 'speech' ? `speech ${frame.turn}` : 'garbage'
  }
  const decoded = decodeServerMessage(data.toString())
  return decoded.ok ? decoded.message.type : 'garbage'
}
