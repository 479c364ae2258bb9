/** Questions to the listen worker. Samples are PCM16 values, mono, 16 kHz; they are transferred, not copied. */
export type ListenAsk =
  | { readonly type: 'voice'; readonly stream: number; readonly samples: Int16Array<ArrayBuffer> }
  | {
      readonly type: 'recognise'
      readonly stream: number
      readonly samples: Int16Array<ArrayBuffer>
      /** A guess that more silence will follow: it waits for everybody's finished speech. */
      readonly speculative: boolean
    }
  /** Voice detection starts afresh: the stream's audio has a gap. */
  | { readonly type: 'restart'; readonly stream: number }
  /** The stream ended: its memory and its waiting work are dropped. */
  | { readonly type: 'forget'; readonly stream: number }

export type ListenAnswer =
  { readonly type: 'voice'; readonly probability: number } | { readonly type: 'recognise'; readonly text: string }
