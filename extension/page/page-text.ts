import { Readability } from '@mozilla/readability'
import { cleanText, cutAtWord } from './clean-text.ts'
import { type PageText } from './page-findings.ts'

/** About 5 000 tokens: a long article, and far below the 64 KiB the relay takes. */
const BUDGET_CHARACTERS = 20_000
/** A shorter article is a cookie banner or a teaser that Readability took for one. */
const MIN_ARTICLE_CHARACTERS = 200

const BLOCKS =
  'address,article,aside,blockquote,dd,div,dl,dt,figcaption,figure,footer,h1,h2,h3,h4,h5,h6,header,hr,li,main,nav,ol,p,pre,section,table,tr,ul'

/** The text of a page for someone who wants to know what it says. The page itself is not touched. */
export function readPageText(document: Document): PageText {
  const article = articleOf(document)
  const everything = () => cleanText(document.body.innerText)
  const cut = cutAtWord(article?.text ?? everything(), BUDGET_CHARACTERS)
  return {
    title: cleanText(article?.title ?? document.title),
    url: document.location.href,
    lang: document.documentElement.lang,
    ...cut,
    part: article === undefined ? 'everything' : 'article',
    contentType: document.contentType,
  }
}

function articleOf(document: Document): { readonly title: string; readonly text: string } | undefined {
  // Readability takes the document apart: it gets a copy.
  const copy = document.cloneNode(true) as Document
  const article = new Readability<Node>(copy, { serializer: (node) => node }).parse()
  const content = article?.content ?? undefined
  if (content === undefined) return undefined
  const text = cleanText(blockText(content))
  if (text.length < MIN_ARTICLE_CHARACTERS) return undefined
  return { title: article?.title ?? document.title, text }
}

/** The text of a tree that is not shown, so that `innerText` would know no lines. */
function blockText(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return (node.nodeValue ?? '').replace(/\s+/g, ' ')
  if (!(node instanceof Element)) return ''
  if (node.matches('br')) return '\n'
  const inner = [...node.childNodes].map(blockText).join('')
  if (node.matches('td,th')) return `${inner} `
  return node.matches(BLOCKS) ? `\n${inner}\n` : inner
}
