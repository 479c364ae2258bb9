import * as v from 'valibot'
import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { pcm16FromBytes } from '../../shared/audio/pcm16.ts'
import { encodeWav } from '../../shared/audio/wav.ts'
import { sessionSetupSchema } from '../../shared/protocol/session-setup.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type Sample } from '../live/voice-sample.ts'
import { scrubSecrets } from '../logger.ts'
import { type SpeakSample } from '../session/metered-sample.ts'
import { refuseForCapacity, type AdmissionDeps } from '../transport/admission.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { type BearerRoute } from './bearer.ts'
import { readJson } from './json-body.ts'
import { refuseForUser, type LimitDeps } from './limited.ts'

interface PreviewDeps extends LimitDeps {
  readonly speakSample: SpeakSample
  readonly capacity: AdmissionDeps['capacity']
}

const { model, voice, language } = sessionSetupSchema.entries
const previewSchema = v.object({ voice: voice.wrapped, model, language })

/** `POST /v1/voices/preview`: a short sentence in a voice, as `audio/wav`. */
export function previewRoute(deps: PreviewDeps): BearerRoute {
  return async ({ request }, identity) => {
    const limited = await refuseForUser(deps, 'previews', identity.user)
    if (limited !== undefined) return problemResponse(limited)
    const body = await readJson(request, previewSchema)
    if (!body.ok) return problemResponse(body.refusal)
    const found = await deps.capacity(identity)
    // Whoever talks may try voices meanwhile.
    const busy = refuseForCapacity(found === 'user_full' ? 'open' : found)
    if (busy !== undefined) return problemResponse(busy)
    const wish = withoutUndefined({ ...body.value, signal: request.signal })
    const sample = await deps.speakSample(identity.user, wish)
    return sample.ok ? wavResponse(sample.pcm) : problemResponse(refusalOf(sample))
  }
}

function wavResponse(pcm: Uint8Array): Response {
  const headers = { 'content-type': 'audio/wav', 'cache-control': 'no-store' }
  return new Response(encodeWav(pcm16FromBytes(pcm), SPEECH_RATE_HZ), { headers })
}

function refusalOf({ cause, reason }: Extract<Sample, { ok: false }>): Refusal {
  const said = scrubSecrets(reason).replace(/\.$/, '')
  if (cause === 'request' || cause === 'model') {
    return { status: 400, code: 'voice_refused', detail: `The brain does not speak with this voice: ${said}.` }
  }
  const detail = `The brain did not speak: ${said}. Try again in a moment.`
  return { status: 503, code: 'brain_unavailable', detail }
}
