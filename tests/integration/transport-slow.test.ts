import { it } from 'vitest'
import { chooseEngine, type Engine } from '../../relay/transport/load-engine.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { startServer } from '../support/transport-server.ts'

const engines = await Promise.all([chooseEngine('uws'), chooseEngine('ws')])

// In a file of its own, both at once: uWebSockets.js takes 30 s to lose its patience, and that cannot be set.
it('ends headers that trickle in, and serves others meanwhile', async () => {
  await Promise.all(engines.map(endTricklingHeaders))
})

async function endTricklingHeaders({ start }: Engine): Promise<void> {
  const server = await startServer(start)
  const slow = await Promise.all(Array.from({ length: 20 }, () => RawSocket.connect(server.transport.port)))
  for (const raw of slow) raw.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
  const trickle = setInterval(() => {
    for (const raw of slow) if (!raw.socket.destroyed) raw.write('x')
  }, 500)
  try {
    await server.expectAlive()
    await Promise.all(slow.map((raw) => raw.closed))
  } finally {
    clearInterval(trickle)
  }
  await server.expectAlive()
}
