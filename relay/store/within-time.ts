/**
 * What `promise` resolves to, or a rejection with `tooLate()` after `ms`. The answer may have come while this process was busy:
 * what waits to be read is read first.
 */
export function withinTime<Value>(ms: number, promise: Promise<Value>, tooLate: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(tooLate())), ms)
    promise
      .finally(() => {
        clearTimeout(timer)
      })
      .then(resolve, reject)
  })
}
