import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Watch } from '../watch.ts'
import {
  type BrainLine,
  type ClientLine,
  type FaultLine,
  type HistoryLine,
  type StoredConversation,
  type StoreLine,
} from './line.ts'

/** Writes down what happens, in the order in which it happens. Lines come from one process: its order is the order. */
export class History {
  readonly #lines: HistoryLine[] = []
  readonly #watch = new Watch()

  get lines(): readonly HistoryLine[] {
    return this.#lines
  }

  add(line: ClientLine | StoreLine | BrainLine | FaultLine): void {
    this.#lines.push({ at: performance.timeOrigin + performance.now(), ...line })
    this.#watch.changed()
  }

  /** Whatever `look` finds in what was written, as soon as it finds something. */
  until<Result>(look: (lines: readonly HistoryLine[]) => Result | undefined): Promise<Result> {
    return this.#watch.until(() => look(this.#lines))
  }
}

/** Keeps a history for whoever looks for the cause. @returns the folder, with `history.jsonl` and `store.jsonl` */
export async function keepHistory(
  lines: readonly HistoryLine[],
  stored: readonly StoredConversation[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aside-history-'))
  await writeFile(join(folder, 'history.jsonl'), format(lines))
  await writeFile(join(folder, 'store.jsonl'), format(stored))
  return folder
}

/** Reads what {@link keepHistory} kept. */
export async function readHistory(
  folder: string,
): Promise<{ readonly lines: readonly HistoryLine[]; readonly stored: readonly StoredConversation[] }> {
  const [lines, stored] = await Promise.all(
    ['history', 'store'].map((name) => readLines(join(folder, `${name}.jsonl`))),
  )
  return { lines: lines as readonly HistoryLine[], stored: stored as readonly StoredConversation[] }
}

function format(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

async function readLines(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}
