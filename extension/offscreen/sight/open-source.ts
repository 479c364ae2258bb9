import { type SightRequest } from '../../messaging/messages.ts'
import { type Background } from '../background.ts'
import { type Opening } from './sight-source.ts'
import { TabSource } from './tab-source.ts'
import { openCamera, openScreen } from './video-source.ts'

/** @param width of the pictures, pixels @param signal gives back what was opened */
export type OpenSource = (request: SightRequest, width: number, signal: AbortSignal) => Promise<Opening>

/** Opens what a person wants to show. Never rejects. */
export function sourceOpener(background: Pick<Background, 'captureTab' | 'checkTab'>): OpenSource {
  return (request, width, signal) => {
    switch (request.source) {
      case 'tab':
        return Promise.resolve({ ok: true, source: new TabSource(background, request) })
      case 'region':
        return openRegion(new TabSource(background, request), request)
      case 'camera':
        return openCamera(width, signal)
      case 'screen':
        return openScreen(signal)
    }
  }
}

/** Where no frame could be drawn the page cannot be seen either, and that says why. The whole tab is never shown instead. */
async function openRegion(source: TabSource, { area }: SightRequest): Promise<Opening> {
  if (area !== undefined) return { ok: true, source }
  const refusal = await source.check().catch(() => undefined)
  return { ok: false, problem: refusal?.name === 'over' ? refusal.problem : 'page-not-capturable' }
}
