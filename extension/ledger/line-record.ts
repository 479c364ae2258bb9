import { type ImageFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { sha256 } from './chain.ts'
import { type EntryHead, type LedgerContent, type LedgerEntryOf, type LedgerFact } from './ledger-entry.ts'
import { type Ledger, noteWith } from './ledger.ts'
import { SoundRecord } from './sound-record.ts'
import { type MakeThumbnail } from './thumbnail.ts'

export interface LineRecordOptions {
  readonly ledger: Pick<Ledger, 'append' | 'expect'>
  readonly makeThumbnail: MakeThumbnail
  /** Origin of the relay. */
  readonly relay: string
  /** More may leave now than before. */
  readonly onRoom: () => void
  /** Nothing can be written any more, so nothing may leave. */
  readonly onBroken: (reason: unknown) => void
}

/** What one socket carries, as it is written down: first in the ledger, then on the wire. */
export class LineRecord {
  readonly #options: LineRecordOptions
  readonly sound: SoundRecord
  readonly #line = crypto.randomUUID()
  #session = ''
  #lastPicture = ''

  constructor(options: LineRecordOptions) {
    this.#options = options
    this.sound = new SoundRecord({ ...options, entryOf: (fact) => ({ ...this.#head(), ...fact }) })
  }

  /** The conversation is known: from here on something may leave. */
  begin(session: string, temporary: boolean): void {
    this.#session = session
    this.sound.begin({ kind: 'line', temporary })
  }

  /** Resolves when the picture is written. @param page what stands in front, as the relay was told */
  async picture({ source, seq: imageSeq, payload }: ImageFrame, page: PageNamed): Promise<void> {
    const jpeg = new Uint8Array(payload)
    const [picture, made] = await Promise.all([sha256(jpeg), this.#options.makeThumbnail(jpeg)])
    const { width = 0, height = 0, thumbnail } = made ?? {}
    const reason = this.#reasonOf(picture)
    const fact = { kind: 'picture', source, bytes: jpeg.byteLength, width, height, imageSeq, reason, picture } as const
    const ofPage = source === 'tab' || source === 'region' ? page : {}
    await this.#append(fact, withoutUndefined({ ...ofPage, thumbnail }))
  }

  /** Resolves when the words are written. */
  text(fact: Omit<Contentless<'text'>, 'kind'>, content: Omit<LedgerContent, 'salt'>): Promise<void> {
    return this.#append({ kind: 'text', ...fact }, content)
  }

  /** What the relay counted, to be compared with what stands here. */
  counted(turn: number, received: NonNullable<ServerMessageOf<'turn.complete'>['received']>): Promise<void> {
    const fact: LedgerFact = withoutUndefined({ kind: 'count' as const, turn, ...received })
    return this.#options.ledger.append([{ entry: { ...this.#head(), ...fact } }])
  }

  #reasonOf(picture: string): 'first' | 'repeated' | 'changed' {
    const before = this.#lastPicture
    this.#lastPicture = picture
    if (before === '') return 'first'
    return before === picture ? 'repeated' : 'changed'
  }

  async #append(
    fact: Contentless<'picture'> | Contentless<'text'>,
    content: Omit<LedgerContent, 'salt'>,
  ): Promise<void> {
    const salted = { ...content, salt: crypto.randomUUID() }
    await this.#options.ledger.append([await noteWith({ ...this.#head(), ...fact }, salted)])
  }

  #head(): EntryHead {
    return { at: Date.now(), relay: this.#options.relay, session: this.#session, line: this.#line }
  }
}

/** Title and host of a page. */
export type PageNamed = Pick<LedgerContent, 'title' | 'host'>
type Contentless<Kind extends 'picture' | 'text'> = Omit<LedgerEntryOf<Kind>, keyof EntryHead | 'content'>
