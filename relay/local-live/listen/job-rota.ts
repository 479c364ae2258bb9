/** Recognitions that may wait for one stream: a finished piece, a guess, and the pieces of a very long speech. */
const MAX_PER_STREAM = 4

export interface RotaJob {
  readonly id: number
  readonly stream: number
  readonly speculative: boolean
}

/**
 * The order of work when several streams want the recogniser: finished speech before guesses, and within each kind
 * one job per stream in turn, so that a talkative stream cannot hold up the others.
 */
export class JobRota<Job extends RotaJob> {
  /** By stream, in the order in which the streams are to be served next. */
  readonly #queues = new Map<number, Job[]>()

  /** @returns false when the stream has too much waiting already */
  add(job: Job): boolean {
    const queue = this.#queues.get(job.stream) ?? []
    if (queue.length >= MAX_PER_STREAM) return false
    queue.push(job)
    this.#queues.set(job.stream, queue)
    return true
  }

  /** Takes the next job; its stream goes to the end of the row. */
  take(): Job | undefined {
    return this.#takeWhere((job) => !job.speculative) ?? this.#takeWhere(() => true)
  }

  remove(id: number): Job | undefined {
    return this.#takeWhere((job) => job.id === id)
  }

  removeStream(stream: number): readonly Job[] {
    const jobs = this.#queues.get(stream) ?? []
    this.#queues.delete(stream)
    return jobs
  }

  #takeWhere(wanted: (job: Job) => boolean): Job | undefined {
    for (const [stream, queue] of this.#queues) {
      const index = queue.findIndex(wanted)
      if (index < 0) continue
      const [job] = queue.splice(index, 1)
      this.#queues.delete(stream)
      if (queue.length > 0) this.#queues.set(stream, queue)
      return job
    }
    return undefined
  }
}
