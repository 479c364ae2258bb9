import { type SignIn } from '../auth/sign-in.ts'
import { type BearerRoute } from './bearer.ts'

/** `POST /v1/logout`: this device is out, everywhere; its sockets close with 4501. */
export function logoutRoute(signIn: Pick<SignIn, 'logOut'>): BearerRoute {
  return async (_context, { deviceId }) => {
    await signIn.logOut(deviceId)
    return new Response(null, { status: 204 })
  }
}
