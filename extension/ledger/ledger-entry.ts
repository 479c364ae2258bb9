import { type ImageSource } from '../../shared/protocol/media-frame.ts'

/** What every entry says about where the bytes went. */
export interface EntryHead {
  /** When it was written, ms since 1970. */
  readonly at: number
  /** Origin of the relay, `http(s)://host[:port]`. */
  readonly relay: string
  readonly session: string
  /** One socket of the conversation. */
  readonly line: string
}

/** A socket began to carry a conversation. */
interface LineFact {
  readonly kind: 'line'
  /** The relay was asked to keep nothing of it. */
  readonly temporary: boolean
}

/** A stretch of microphone sound without a gap, at most a few seconds long. */
export interface SoundFact {
  readonly kind: 'sound'
  /** Capture time of the first sample and of the end of the last, ms since 1970. */
  readonly startMs: number
  readonly endMs: number
  readonly frames: number
  /** Of samples, without headers. */
  readonly bytes: number
  /** Numbers of the first and the last frame on the wire; absent where a crash left only a bound. */
  readonly firstSeq?: number
  readonly lastSeq?: number
  /** Frames that were sent before, over a socket that was lost. */
  readonly resent: number
  /** Frames at the end that may have left or not: the browser ended before that could be written. */
  readonly unsure: number
}

/** One picture. Title, host and thumbnail are its content. */
interface PictureFact {
  readonly kind: 'picture'
  readonly source: ImageSource
  readonly bytes: number
  /** Pixels; 0 where the picture could not be read. */
  readonly width: number
  readonly height: number
  readonly imageSeq: number
  /** `repeated`: byte for byte the one before, sent again so that the model does not think it is gone. */
  readonly reason: 'first' | 'changed' | 'repeated'
  /** SHA-256 of the JPEG as it was sent. */
  readonly picture: string
  readonly content: string
}

/** Words: typed, read by a tool of the browser, or the title and address of the page in front. */
interface TextFact {
  readonly kind: 'text'
  readonly source: 'typed' | 'tool' | 'address'
  /** UTF-16 units, as JSON where it is the result of a tool. */
  readonly characters: number
  readonly tool?: string
  readonly content: string
}

/** What the relay says came over this socket so far. */
export interface CountFact {
  readonly kind: 'count'
  readonly turn: number
  readonly audioFrames: number
  readonly audioSeq?: number
  readonly images: number
  readonly imageSeq?: number
}

/** The contents of this session's entries up to here were erased; their hashes stay. */
interface ForgottenFact {
  readonly kind: 'forgotten'
}

/** The oldest entries, up to and including number `upTo` with this hash, were dropped for age or room. */
interface PrunedFact {
  readonly kind: 'pruned'
  readonly upTo: number
  readonly hash: string
}

export type LedgerFact = LineFact | SoundFact | PictureFact | TextFact | CountFact | ForgottenFact | PrunedFact
export type LedgerEntry = EntryHead & LedgerFact
export type LedgerEntryOf<Kind extends LedgerFact['kind']> = EntryHead & Extract<LedgerFact, { kind: Kind }>

/** An entry in its place: changed, moved or taken out, it no longer fits its neighbours. */
export interface ChainedEntry {
  /** 1, 2, … */
  readonly seq: number
  readonly entry: LedgerEntry
  /** `hash` of the entry before; of the first one, {@link FIRST_PREVIOUS}. */
  readonly previous: string
  /** SHA-256 of seq, entry and previous, hexadecimal. */
  readonly hash: string
}

export const FIRST_PREVIOUS = '0'.repeat(64)

/** What a person may want erased; the entry keeps its hash only. */
export interface LedgerContent {
  /** Random, so that the hash that stays tells nothing about what was erased. */
  readonly salt: string
  /** First words of what was typed. */
  readonly words?: string
  /** Of the page. */
  readonly title?: string
  readonly host?: string
  /** JPEG */
  readonly thumbnail?: Uint8Array<ArrayBuffer>
}

/** Where the chain ends. Whoever notes its hash can tell later that nothing before it was touched. */
export interface LedgerHead {
  readonly seq: number
  readonly hash: string
  /** Of all entries and contents, as they are counted for the bound. */
  readonly bytes: number
}

export const EMPTY_HEAD: LedgerHead = { seq: 0, hash: FIRST_PREVIOUS, bytes: 0 }

/** Written before the sound leaves: whatever happens now, no more than this is missing from the entries. */
export interface SoundAhead extends Pick<LedgerEntry, 'relay' | 'session' | 'line'> {
  readonly at: number
  /** The stretch that is open, as far as it has come. */
  readonly stretch?: SoundFact
  /** So many frames may have left beyond it. */
  readonly mayFollow: number
}
