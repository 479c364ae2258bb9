import { amountsOf, dayEndsAt, minutesOf, usageDay, type DailyLimits } from '../session/usage-day.ts'
import { type Journal } from '../store/journal.ts'
import { type BearerRoute } from './bearer.ts'

/** `GET /v1/usage`: what the user used today (UTC), on all instances, and how much there is for a day. */
export function usageRoute(journal: Pick<Journal, 'addUp'>, limits: DailyLimits): BearerRoute {
  return async (_context, { user }) => {
    const now = Date.now()
    const day = usageDay(now)
    const amounts = amountsOf(await journal.addUp(user.id, day, {}, 1))
    const { textIn, audioIn, imageIn, textOut, audioOut } = amounts
    return Response.json({
      day,
      minutes: rounded(minutesOf(amounts), 2),
      tokens: { textIn, audioIn, imageIn, textOut, audioOut },
      frames: amounts.frames,
      spend: rounded(amounts.spend, 4),
      limits,
      resetsAt: dayEndsAt(now),
    })
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
