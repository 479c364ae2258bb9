import { type OpenSocket } from '../../shared/client/socket-port.ts'

/** Chrome's own WebSocket as the relay client wants it. */
export const openBrowserSocket: OpenSocket = (url, protocols, events) => {
  const socket = new WebSocket(url, [...protocols])
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => events.onOpen())
  socket.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => {
    if (typeof event.data === 'string') events.onText(event.data)
    else events.onBinary(event.data)
  })
  // An `error` event says nothing; `close` always follows it.
  socket.addEventListener('close', (event) => events.onClose(event.code, event.reason))
  return {
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    send(data) {
      if (socket.readyState === WebSocket.OPEN) socket.send(data)
    },
    close: (code, reason) => socket.close(code, reason),
  }
}
