import { describe, expect, it } from 'vitest'
import { type PageText } from '../page/page-findings.ts'
import { type FrontPage } from './browser-tool.ts'
import { readPage } from './read-page.ts'

const TEXT: PageText = {
  title: 'Beavers',
  url: 'https://example.org/beavers',
  lang: 'en',
  text: 'Beavers build dams.',
  truncated: false,
  part: 'article',
  contentType: 'text/html',
}

const page = (text: Partial<PageText>): FrontPage => ({
  readText: () => Promise.resolve({ ok: true, value: { ...TEXT, ...text } }),
})

describe('read_page', () => {
  it('only reads', () => {
    expect(readPage.declaration).toMatchObject({ name: 'read_page', effect: 'read' })
  })

  it('hands out the text and where it is from', async () => {
    expect(await readPage.run({}, page({}))).toEqual({
      ok: true,
      value: {
        title: 'Beavers',
        url: 'https://example.org/beavers',
        lang: 'en',
        text: 'Beavers build dams.',
        truncated: false,
        part: 'article',
      },
    })
  })

  it.each([
    [{ text: '', contentType: 'application/pdf' }, 'page_is_pdf'],
    [{ text: '' }, 'page_has_no_text'],
  ])('says what can be done instead when there is no text: %j', async (text, code) => {
    const answer = await readPage.run({}, page(text))
    expect(answer).toMatchObject({ ok: false, code })
    expect(answer.ok ? '' : answer.message).toContain('eye button')
  })

  it('passes on why the page cannot be read', async () => {
    const refusal = { ok: false, code: 'page_restricted', message: 'A page of the browser’s own.' } as const
    expect(await readPage.run({}, { readText: () => Promise.resolve(refusal) })).toBe(refusal)
  })
})
