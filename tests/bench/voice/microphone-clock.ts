import { type BrowserContext } from 'playwright-core'
import { EXTENSION_ID } from '../../support/browser.ts'

/** As much of the DevTools protocol as one page needs that Playwright does not list: the offscreen document. */
interface TargetSession {
  send(method: 'Target.getTargets', parameters: object): Promise<{ readonly targetInfos: readonly TargetInfo[] }>
  send(method: 'Target.attachToTarget', parameters: object): Promise<{ readonly sessionId: string }>
  send(method: 'Target.sendMessageToTarget', parameters: object): Promise<unknown>
  on(event: 'Target.receivedMessageFromTarget', listener: (event: { readonly message: string }) => void): unknown
  detach(): Promise<void>
}

interface TargetInfo {
  readonly targetId: string
  readonly url: string
}

interface Answer {
  readonly id?: number
  readonly result?: {
    readonly result?: { readonly objectId?: string; readonly value?: unknown }
    readonly objects?: { readonly objectId: string }
  }
}

/**
 * What the open microphone knows of itself (Media Capture extensions, MediaStreamTrackAudioStats). Asked of the streams:
 * nobody but their stream holds on to a track's object.
 */
const START_OF_MICROPHONE = `function () {
  const tracks = [...this].flatMap((stream) => stream.getAudioTracks())
  const track = tracks.find(({ readyState, stats }) => readyState === 'live' && stats !== undefined)
  return track && performance.timeOrigin + performance.now() - track.stats.totalFramesDuration
}`

/**
 * When the device began to play the recording that Chromium has for a microphone: now, less the sound it has given so
 * far. Read from outside, so that the extension runs as it is.
 *
 * @returns ms since 1970
 */
export async function microphoneStartMs(context: BrowserContext): Promise<number> {
  const browser = context.browser()
  if (browser === null) throw new Error('the browser is gone')
  const session = (await browser.newBrowserCDPSession()) as unknown as TargetSession
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{}] })
  const offscreen = targetInfos.find(({ url }) => url.startsWith(`chrome-extension://${EXTENSION_ID}/offscreen.html`))
  if (offscreen === undefined) throw new Error('the extension has no offscreen document')
  const { targetId } = offscreen
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
  const ask = askerOf(session, sessionId)
  const prototype = await ask('Runtime.evaluate', { expression: 'MediaStream.prototype' })
  const streams = await ask('Runtime.queryObjects', { prototypeObjectId: prototype?.result?.objectId })
  const start = await ask('Runtime.callFunctionOn', {
    objectId: streams?.objects?.objectId,
    functionDeclaration: START_OF_MICROPHONE,
    returnByValue: true,
  })
  await session.detach()
  const startMs = start?.result?.value
  if (typeof startMs !== 'number') throw new Error('the extension has no open microphone')
  return startMs
}

function askerOf(session: TargetSession, sessionId: string) {
  const waiting = new Map<number, (result: Answer['result']) => void>()
  let nextId = 1
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as Answer
    if (id !== undefined) waiting.get(id)?.(result)
  })
  return async (method: string, params: object): Promise<Answer['result']> => {
    const id = nextId++
    const { promise, resolve } = Promise.withResolvers<Answer['result']>()
    waiting.set(id, resolve)
    await session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
    return promise
  }
}
