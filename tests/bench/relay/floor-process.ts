/** The floor: a relay that only passes bytes on, binary on both legs. Nothing that serves this load can cost less. */
import { App, us_socket_local_port, type us_listen_socket, type WebSocket } from 'uWebSockets.js'
import { serveCommands } from './command-channel.ts'
import { type FloorCommands } from './commands.ts'
import { LeanSocket } from './lean-socket.ts'

interface Session {
  upstream?: LeanSocket
}

serveCommands<FloorCommands>({ listen: ({ upstream }) => listen(upstream) })

function listen(upstream: string): Promise<number> {
  return new Promise((resolve, reject) => {
    App()
      .ws<Session>('/*', {
        maxPayloadLength: 1024 * 1024,
        maxBackpressure: 16 * 1024 * 1024,
        idleTimeout: 0,
        upgrade: (response, request, context) => {
          response.upgrade(
            {} satisfies Session,
            request.getHeader('sec-websocket-key'),
            request.getHeader('sec-websocket-protocol'),
            request.getHeader('sec-websocket-extensions'),
            context,
          )
        },
        open: (client) => {
          const session = client.getUserData()
          session.upstream = connectUpstream(upstream, client, session)
        },
        message: (client, message, isBinary) => client.getUserData().upstream?.send(new Uint8Array(message), isBinary),
        close: (client) => {
          const session = client.getUserData()
          session.upstream?.close()
          delete session.upstream
        },
      })
      .listen('127.0.0.1', 0, (socket: us_listen_socket | false) => {
        if (socket === false) reject(new Error('the floor found no free port'))
        else resolve(us_socket_local_port(socket))
      })
  })
}

function connectUpstream(url: string, client: WebSocket<Session>, session: Session): LeanSocket {
  return new LeanSocket(url, [], {
    onOpen: () => undefined,
    onMessage: (payload, binary) => {
      if (session.upstream !== undefined) client.send(payload, binary)
    },
    onClose: () => {
      // Gone when the client closed first: uWebSockets throws where a closed socket is touched.
      if (session.upstream !== undefined) client.end(1011, 'upstream closed')
    },
  })
}
