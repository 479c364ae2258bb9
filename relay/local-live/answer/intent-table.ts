import { type Intent } from './intent.ts'
import { capabilities } from './intents/capabilities.ts'
import { date } from './intents/date.ts'
import { farewell, greeting, stop, thanks } from './intents/manners.ts'
import { page } from './intents/page.ts'
import { lastSaid, recall, repeatAfterMe } from './intents/repeat.ts'
import { sight } from './intents/sight.ts'
import { time } from './intents/time.ts'

/** What can be answered without a language model. The first that matches is taken, so the more particular come first. */
export const INTENTS: readonly Intent[] = [
  repeatAfterMe,
  recall,
  lastSaid,
  page,
  sight,
  time,
  date,
  capabilities,
  thanks,
  stop,
  farewell,
  greeting,
]
