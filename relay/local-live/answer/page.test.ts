import { describe, expect, it } from 'vitest'
import { extract } from './extract.ts'
import { pageIn, retellPage } from './retell-page.ts'
import { choosePageTool, fillArguments } from './tool-choice.ts'

const BEAVERS = `Skip to content
Menu

Beavers are large rodents that live along rivers and lakes of the northern half of the world. They eat bark, leaves and water plants.
With branches, stones and mud beavers build dams across small rivers, and the dams make ponds. In the ponds beavers are safe from wolves and bears.
The museum café is open until five. Frogs, dragonflies and many birds profit from the ponds that beavers make.
© 2026 All rights reserved`

describe('extract', () => {
  it('takes one or two whole sentences that say what the text is about, in their order', () => {
    const sentences = extract(BEAVERS, 'Beavers')
    expect(sentences.length).toBeGreaterThanOrEqual(1)
    expect(sentences.length).toBeLessThanOrEqual(2)
    expect(sentences[0]).toMatch(/^Beavers are large rodents/)
    for (const sentence of sentences) expect(BEAVERS).toContain(sentence)
    expect(sentences.join(' ')).not.toMatch(/café|Menu|rights/)
  })

  it('finds nothing in menus', () => {
    expect(extract('Home\nAbout us\nContact\nLogin', 'Shop')).toEqual([])
    expect(extract('', '')).toEqual([])
  })

  it('manages one sentence, and very long pages', () => {
    const only = 'This is the only sentence that stands on this page.'
    expect(extract(only, '')).toEqual([only])
    expect(extract(`${only}\n`.repeat(5_000), '').length).toBeGreaterThan(0)
  })
})

describe('retellPage', () => {
  it('says the title and that it is an extract', () => {
    const text = retellPage(pageIn({ output: { title: 'Beavers', url: 'https://x.example', text: BEAVERS } }))
    expect(text).toMatch(/^This page is called Beavers\. An extract: Beavers are large rodents/)
  })

  it('finds the text under other names', () => {
    const long = 'The ferry leaves the harbour twice a day in winter.'
    expect(pageIn({ output: { page: { heading: 'Ferry', content: [long] } } })).toEqual({
      ok: true,
      title: 'Ferry',
      text: long,
    })
    expect(pageIn({ result: long })).toEqual({ ok: true, title: '', text: long })
    expect(pageIn({ output: { a: 'short', b: long } })).toMatchObject({ text: long })
  })

  it('says errors plainly', () => {
    const sentence = 'I could not read the page. Chrome does not let extensions read this page.'
    const message = 'Chrome does not let extensions read this page.'
    expect(retellPage(pageIn({ error: { code: 'restricted', message } }))).toBe(sentence)
    expect(retellPage(pageIn({ error: message }))).toBe(sentence)
    expect(retellPage(pageIn({ error: {} }))).toMatch(/without saying why/)
  })

  it('says when there is nothing to read', () => {
    expect(retellPage(pageIn({ output: { title: 'Empty', text: '' } }))).toBe(
      'This page is called Empty. I found no text on it that I can read to you.',
    )
  })
})

describe('choosePageTool', () => {
  const tool = (name: string, description = '', parameters?: Record<string, unknown>) => ({
    name,
    description,
    ...(parameters === undefined ? {} : { parametersJsonSchema: parameters }),
  })

  it('knows the tool by its name or its description', () => {
    const others = [
      tool('click_element', 'Clicks an element of the page.'),
      tool('find_in_page', 'Finds text in the page.'),
      tool('current_context', 'The title and address of the current tab.'),
      tool('search_notes', 'Searches the text of notes.'),
    ]
    const named = tool('read_page')
    expect(choosePageTool([...others, named])).toBe(named)
    const described = tool('grab', 'Gets the main text content of the web page in front of the user.')
    expect(choosePageTool([...others, described])).toBe(described)
    expect(choosePageTool(others)).toBeUndefined()
    const camel = tool('getPageText')
    expect(choosePageTool([camel])).toBe(camel)
  })

  it('prefers the better of two', () => {
    const better = tool('read_page', 'Reads the text of the page.')
    expect(choosePageTool([tool('get_tab', 'Gets a tab, with its page.'), better])).toBe(better)
  })

  it('does not call a tool whose arguments it cannot know', () => {
    expect(
      choosePageTool([tool('read_page', '', { required: ['url'], properties: { url: { type: 'string' } } })]),
    ).toBeUndefined()
  })

  it('fills in what a schema itself offers', () => {
    const properties = {
      part: { type: 'string', enum: ['main', 'all'] },
      limit: { type: 'INTEGER', default: 4000 },
      links: { type: 'boolean' },
      free: { type: 'string' },
    }
    expect(fillArguments(tool('read_page', '', { required: ['part', 'limit', 'links'], properties }))).toEqual({
      part: 'main',
      limit: 4000,
      links: false,
    })
    expect(fillArguments(tool('read_page'))).toEqual({})
  })
})
