/** A question to the speak worker: one clause to say. */
export interface SpeakAsk {
  readonly text: string
}

/** PCM16 mono, 24 kHz, about −20 dBFS; empty when nothing of the text can be spoken. */
export interface SpeakAnswer {
  readonly samples: Int16Array<ArrayBuffer>
}
