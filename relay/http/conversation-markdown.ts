import { type JournalEntry } from '../store/journal.ts'

export interface MarkdownHead {
  readonly title: string
  /** ISO 8601 */
  readonly startedAt: string
}

/** A conversation as CommonMark for people: nothing that was said can become a heading, a link or markup. */
export function conversationMarkdown({ title, startedAt }: MarkdownHead, entries: readonly JournalEntry[]): string {
  const heading = `# ${title === '' ? 'Conversation' : escapeLine(title)}\n\n${timeOf(startedAt)}\n`
  return [heading, ...entries.map(entryMarkdown)].join('\n')
}

function entryMarkdown({ role, text, at, interrupted }: JournalEntry): string {
  const who = role === 'user' ? 'You' : 'Aside'
  const cut = interrupted === true ? ', interrupted' : ''
  return `**${who}** (${timeOf(at)}${cut})\n\n${escapeText(text)}\n`
}

/** `2026-11-22 09:05:00 UTC` */
function timeOf(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function escapeText(text: string): string {
  const paragraphs = text.replace(/\r\n?/gu, '\n').split(/\n[^\S\n]*\n\s*/u)
  return paragraphs.map((paragraph) => paragraph.split('\n').map(escapeLine).join('\\\n')).join('\n\n')
}

/** A backslash takes the meaning from any punctuation (CommonMark §2.4); some has one at the beginning of a line only. */
function escapeLine(line: string): string {
  return line
    .trim()
    .replace(/[\\`*_[\]<>#|~&!]/gu, '\\$&')
    .replace(/^[-+=]/u, '\\$&')
    .replace(/^(\d+)([.)])/u, '$1\\$2')
}
