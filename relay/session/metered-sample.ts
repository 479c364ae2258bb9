import { type User } from '../auth/identity.ts'
import { type LiveService } from '../live/live-service.ts'
import { type Sample, type SampleRequest } from '../live/voice-sample.ts'
import { pricesOf } from './token-price.ts'
import { type UsageBook } from './usage-book.ts'

/** Has a short sentence spoken for a user. Rejects for a bug of ours only. */
export type SpeakSample = (user: User, wish: Omit<SampleRequest, 'onSpeech' | 'onTokens'>) => Promise<Sample>

/** What is tried counts for the user's day as talk does. */
export function meteredSample(
  live: Pick<LiveService, 'sample'>,
  usage: Pick<UsageBook, 'open'>,
  brain: 'gemini' | 'local',
): SpeakSample {
  return async (user, wish) => {
    const meter = usage.open(user.id, pricesOf(brain), () => undefined)
    const sample = await live.sample({
      ...wish,
      onSpeech: (bytes) => meter.speech(bytes),
      onTokens: (tokens) => meter.tokens(tokens),
    })
    void sample.over.then(() => meter.close())
    return sample
  }
}
