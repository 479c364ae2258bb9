/** One real-time session, as `relay.bench.ts` plays it on every variant; docs/adr/0006-benchmarks.md says why. */

/** Microphone: 512 samples of PCM16 at 16 kHz, the contract's frame. */
export const MICROPHONE_BYTES = 1024
export const MICROPHONE_PERIOD_MS = 32

/** A tab snapshot of 768 × 480, one a second. */
export const IMAGE_BYTES = 20_480
export const IMAGE_PERIOD_MS = 1000

/** Speech: 40 ms of PCM16 at 24 kHz. */
export const SPEECH_BYTES = 1920
export const SPEECH_PERIOD_MS = 40

/** The brain speaks for 50 chunks (2 s), then is silent for 50. */
export const SPEECH_CHUNKS_PER_TURN = 50
export const SPEECH_CHUNKS_PER_CYCLE = 100

/** A heartbeat of the contract while talking. */
export const PING_PERIOD_MS = 3000

/** Three turns: what a relay does once a turn is compiled by then, as it is for all but the first seconds of its days. */
export const WARM_UP_MS = 3 * SPEECH_CHUNKS_PER_CYCLE * SPEECH_PERIOD_MS
