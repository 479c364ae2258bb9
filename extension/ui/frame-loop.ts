export interface FrameLoop {
  /** Runs until `draw` answers false; does nothing when it runs already. */
  wake(): void
}

/**
 * Calls `draw` at most `framesPerSecond` times a second, as long as it answers true and the page can be seen.
 * A loop that rests costs nothing; wake it when there is something to show again.
 *
 * @param draw gets the time and the time since the last frame, ms; true: one more frame, please
 */
export function createFrameLoop(
  framesPerSecond: () => number,
  draw: (timeMs: number, elapsedMs: number) => boolean,
  signal: AbortSignal,
): FrameLoop {
  let running = false
  let drawnAtMs = 0

  const frame = (timeMs: number) => {
    if (signal.aborted || document.hidden) {
      running = false
      return
    }
    const elapsedMs = timeMs - drawnAtMs
    // A display of 60 Hz gives frames of 16.7 ms: 3 ms of slack, or every third one would be taken instead of every second.
    if (elapsedMs >= 1000 / framesPerSecond() - 3) {
      drawnAtMs = timeMs
      running = draw(timeMs, elapsedMs)
    }
    if (running) requestAnimationFrame(frame)
  }

  const wake = () => {
    if (running || document.hidden || signal.aborted) return
    running = true
    drawnAtMs = performance.now()
    requestAnimationFrame(frame)
  }

  document.addEventListener('visibilitychange', wake, { signal })
  return { wake }
}
