import { type HttpRequest, type HttpResponse } from 'uWebSockets.js'
import { type RawRequest, type RawResponse } from './exchange.ts'

/**
 * One request of uWebSockets.js that may be aborted during any `await`. A handler that returns without an answer and
 * without `onAborted` ends the process, and so does a touch of `res` after it is over: this class makes both impossible.
 * Create it before anything else in a handler.
 */
export class UwsExchange {
  readonly #res: HttpResponse
  readonly #aborted = Promise.withResolvers<'aborted'>()
  #over = false

  constructor(res: HttpResponse) {
    this.#res = res
    res.onAborted(() => {
      this.#over = true
      this.#aborted.resolve('aborted')
    })
  }

  /** Resolves when the other side has gone; never after an answer. */
  get aborted(): Promise<'aborted'> {
    return this.#aborted.promise
  }

  /** Ends the exchange: `use` gets the response once and corked, or not at all when it is over already. */
  finish(use: (res: HttpResponse) => void): void {
    if (this.#over) return
    this.#over = true
    this.#res.cork(() => use(this.#res))
  }

  /** As {@link finish}, without a cork of its own. */
  finishUncorked(use: (res: HttpResponse) => void): void {
    if (this.#over) return
    this.#over = true
    use(this.#res)
  }

  /** Writes a response, if there is still somebody to read it. @param thenClose also closes the connection */
  answer({ status, statusText, headers, body }: RawResponse, method: string, thenClose = false): void {
    this.finish((res) => {
      res.writeStatus(`${status} ${statusText}`)
      for (const [name, value] of headers) res.writeHeader(name, value)
      if (body === undefined) res.endWithoutBody()
      else if (method === 'HEAD') res.endWithoutBody(body.byteLength, thenClose)
      else res.end(body, thenClose)
    })
  }
}

/** Copies a request, which is gone after the first `await`. */
export function readRequest(req: HttpRequest): RawRequest {
  const headers: [string, string][] = []
  req.forEach((name, value) => headers.push([name, value]))
  // Without a question mark the query is undefined, whatever the declarations say.
  const target = [req.getUrl(), req.getQuery()].filter(Boolean).join('?')
  return { method: req.getCaseSensitiveMethod().toUpperCase(), target, headers }
}
