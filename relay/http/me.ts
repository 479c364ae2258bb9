import { type Journal } from '../store/journal.ts'
import { type BearerRoute } from './bearer.ts'
import { type TellDeleted } from './deleted.ts'

/**
 * `DELETE /v1/me/data`: all conversations of the user and what was counted of them. Their devices stay paired: that is
 * `POST /v1/logout`.
 */
export function deleteDataRoute(journal: Pick<Journal, 'deleteAll'>, tellDeleted: TellDeleted): BearerRoute {
  return async (_context, { user }) => {
    await tellDeleted(await journal.deleteAll(user.id))
    return new Response(null, { status: 204 })
  }
}
