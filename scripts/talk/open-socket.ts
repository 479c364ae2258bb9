import { WebSocket } from 'ws'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type OpenSocket } from '../../shared/client/socket-port.ts'

/**
 * Opens sockets with `ws`, which sends no Origin: a relay knows a command-line client by that.
 *
 * @param onText hears every text frame before the client does
 */
export function createOpenSocket(onText: (text: string) => void = () => undefined): OpenSocket {
  return (url, protocols, events) => {
    // No compression: the relay offers none, and speech does not get smaller.
    const socket = new WebSocket(url, [...protocols], { perMessageDeflate: false })
    socket.binaryType = 'arraybuffer'
    socket.on('open', () => events.onOpen())
    socket.on('message', (data: ArrayBuffer | Buffer, isBinary) => {
      if (isBinary) {
        if (data instanceof ArrayBuffer) events.onBinary(data)
        return
      }
      const text = Buffer.from(data as ArrayBuffer).toString()
      onText(text)
      events.onText(text)
    })
    // A `close` follows with the code; without a listener the error would end the process.
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => events.onClose(code === 0 ? CLOSE.abnormal : code, reason.toString()))
    return {
      get bufferedAmount() {
        return socket.bufferedAmount
      },
      send: (data) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(data)
      },
      close: (code, reason) => socket.close(code, reason),
    }
  }
}
