import { type LiveCapabilities, type LiveModel } from './live-model.ts'
import { LiveRoutes, type LiveRoutesOptions } from './live-routes.ts'
import { ResumingLive, type ResumingLiveParts } from './resuming-live.ts'
import { speakSample, type Sample, type SampleRequest } from './voice-sample.ts'

/** The brain as conversations see it: what one of them learns about models and keys counts for all. */
export interface LiveService {
  /** What a model can be asked for. */
  capabilities(model: string): LiveCapabilities
  /** Whether a new conversation has a chance to be connected. */
  isReachable(): boolean
  /** A lasting line for one conversation; it dials when run. */
  line(parts: Omit<ResumingLiveParts, 'model' | 'routes'>): ResumingLive
  /** Has one sentence spoken, over a connection of its own. */
  sample(request: SampleRequest): Promise<Sample>
}

export function createLiveService(model: LiveModel, options: LiveRoutesOptions): LiveService {
  const routes = new LiveRoutes(options)
  return {
    capabilities: (name) => model.capabilities(name),
    isReachable: () => routes.isReachable,
    line: (parts) => new ResumingLive({ ...parts, model, routes }),
    sample: (request) => speakSample(model, routes, request),
  }
}
