import { type Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type LedgerEntry } from '../../extension/ledger/ledger-entry.ts'
import { type VoiceChannelMessage } from '../../extension/messaging/voice-channel.ts'
import { ANSWER, answeringBrain } from '../support/answering-brain.ts'
import { openStage, type Stage, waitForCaption } from '../support/conversation-stage.ts'
import { newTestRelay } from '../support/test-relay.ts'

/** No frame for this long puts the sign out (`capture.ts`), ms. */
const STALL_MS = 1000
/** What a state needs to a page that runs beside other browsers; that they go together in order `true-sign.test.ts` shows. */
const SLACK_MS = 1000

describe('what was sent', () => {
  it('is in the ledger as the relay counted it, only while the sign was lit, and any change of it is found', async () => {
    const { url: relayUrl, brain } = await newTestRelay({ brain: answeringBrain })
    const { browser, tab, panel } = await openStage({
      relayUrl,
      microphone: ['what-time-is-it', { silenceMs: 60_000 }],
    })
    const signs = await watchSign(panel)
    await panel.getByText('Listening').first().waitFor()
    await panel.getByRole('button', { name: 'Show it something' }).click()
    await panel.getByRole('button', { name: /^This tab/ }).click()
    await panel.getByRole('img', { name: /as it was sent/ }).waitFor()
    await panel.getByRole('button', { name: 'Mute the microphone' }).click()
    await panel.getByRole('button', { name: 'Unmute the microphone' }).click()
    await type(panel, 'What do I pay here?')
    await waitForCaption(panel, ANSWER)
    await panel.locator('.turn-latency').waitFor()

    const history = await browser.openExtensionPage('records.html#sent')
    const told = await history.getByText(/^The relay counted the same/).innerText()
    const [frames = 0, pictures = 0] = told.match(/\d+/g)?.map(Number) ?? []
    expect(frames).toBeGreaterThan(15)
    expect(pictures).toBeGreaterThan(0)
    const atBrain = (await brain.call(0)).received.filter((frame) =>
      JSON.stringify(frame).includes('image/jpeg'),
    ).length
    expect(atBrain).toBeGreaterThanOrEqual(pictures)
    await history.getByRole('img', { name: 'Small picture of what was sent' }).first().waitFor()
    await history.getByText('What do I pay here?').waitFor()

    await tab.bringToFront()
    await panel.getByRole('button', { name: 'Stop the conversation' }).click()
    await panel.getByText('Ready when you are.').waitFor()
    await history.bringToFront()
    const entries = await ledgerEntries(history)
    const heard = entries.filter((entry) => entry.kind === 'sound')
    expect(heard.length).toBeGreaterThan(1)
    for (const { startMs, endMs } of heard) {
      expect(
        signs().some(({ fromMs, toMs }) => startMs >= fromMs - SLACK_MS && endMs <= toMs + SLACK_MS),
        `sound from ${startMs} to ${endMs}: ${JSON.stringify(signs())}`,
      ).toBe(true)
    }
    for (const { fromMs, toMs } of signs()) {
      const covered = heard.filter(({ startMs, endMs }) => endMs > fromMs - SLACK_MS && startMs < toMs + SLACK_MS)
      const ends = [fromMs, ...covered.flatMap(({ startMs, endMs }) => [startMs, endMs]), toMs]
      for (let index = 0; index < ends.length; index += 2) {
        expect(ends[index + 1]! - ends[index]!).toBeLessThan(STALL_MS + SLACK_MS)
      }
    }

    await history.getByRole('button', { name: 'Check the list' }).click()
    await history.getByText(`The list is whole: all ${entries.length} entries are as they were written.`).waitFor()
    await tamper(history)
    await history.getByRole('button', { name: 'Check the list' }).click()
    await history.getByText('Entry 2 is not as it was written.').waitFor()
  })
})

describe('the history', () => {
  it('is searched, read, kept and deleted, and says what to do when the relay is away', async () => {
    const { url: relayUrl, relay } = await newTestRelay({ brain: answeringBrain })
    const stage = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    await sayAndStop(stage, 'Where do beavers sleep in winter?')
    await stage.panel.getByRole('button', { name: 'Start talking', exact: true }).click()
    await sayAndStop(stage, 'How old is the bridge?')

    const history = await stage.browser.openExtensionPage('records.html')
    const list = history.getByRole('listitem')
    await expect.poll(() => list.count()).toBe(2)
    expect(await list.first().innerText()).toContain('How old is the bridge?')
    await history.getByRole('searchbox').fill('winter BEAVERS')
    await history.keyboard.press('Enter')
    await expect.poll(() => list.count()).toBe(1)

    await list.getByRole('button').click()
    await history.getByText(ANSWER).waitFor()
    const saved = await savedText(history, () => history.getByRole('button', { name: 'Save as Markdown' }).click())
    expect(saved).toContain('# Where do beavers sleep in winter?')
    expect(saved).toContain(ANSWER)

    await history.getByRole('button', { name: 'Delete', exact: true }).click()
    await history.getByRole('button', { name: 'Keep it' }).click()
    await history.getByRole('button', { name: 'Delete', exact: true }).click()
    await history.getByRole('button', { name: 'Delete it' }).click()
    await history.getByText('No conversation has all of these words.').waitFor()
    await history.getByRole('searchbox').fill('')
    await history.keyboard.press('Enter')
    await expect.poll(() => list.count()).toBe(1)

    await history.getByRole('button', { name: 'Delete everything the relay keeps about me' }).click()
    await history.getByRole('button', { name: 'Delete everything', exact: true }).click()
    await history.getByText('The relay keeps no conversation of yours.').waitFor()

    await relay.close()
    await history.getByRole('button', { name: 'Search' }).click()
    await history.getByRole('alert').filter({ hasText: 'No relay answers' }).waitFor()
    expect(await history.getByRole('link', { name: 'Check the connection' }).getAttribute('href')).toContain('options')
  })
})

describe('forgetting', () => {
  it('ends the conversation in the panel and leaves nothing of it but that something was sent', async () => {
    const { url: relayUrl } = await newTestRelay({ brain: answeringBrain })
    const { browser, panel } = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    await panel.getByText('Listening').first().waitFor()
    await type(panel, 'My secret is safe.')
    await waitForCaption(panel, ANSWER)
    await panel.getByRole('button', { name: 'More' }).click()
    await panel.getByRole('button', { name: 'Forget this conversation' }).click()
    await panel.getByRole('button', { name: 'Forget it' }).click()
    await panel.getByText('Forgotten, at the relay and here.').waitFor()
    expect(await panel.getByText('My secret is safe.').count()).toBe(0)

    const history = await browser.openExtensionPage('records.html')
    await history.getByText('The relay keeps no conversation of yours.').waitFor()
    await history.getByRole('link', { name: 'What was sent' }).click()
    await history.getByText('Typed: 18 characters').waitFor()
    expect(await history.getByText('My secret').count()).toBe(0)
    await history.getByRole('button', { name: 'Check the list' }).click()
    await history.getByText('The list is whole').waitFor()
  })
})

describe('a temporary conversation', () => {
  it('is chosen before it begins, says that it is one, and leaves nothing at the relay', async () => {
    const { url: relayUrl } = await newTestRelay({ brain: answeringBrain })
    const stage = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    const { browser, panel } = stage
    await panel.getByText('Listening').first().waitFor()
    await panel.getByRole('button', { name: 'More' }).click()
    await panel.getByRole('switch', { name: 'Temporary conversation' }).click()
    await panel.getByText('this one stays as it began').waitFor()
    expect(await panel.getByText('Temporary: nothing of this conversation is kept.').count()).toBe(0)
    await panel.keyboard.press('Escape')
    await panel.getByRole('button', { name: 'Stop the conversation' }).click()
    await panel.getByRole('button', { name: 'Start talking', exact: true }).click()
    await panel.getByText('Temporary: nothing of this conversation is kept.').waitFor()
    await sayAndStop(stage, 'Only between us.')

    const history = await browser.openExtensionPage('records.html')
    await history.getByText('The relay keeps no conversation of yours.').waitFor()
    await history.getByRole('link', { name: 'What was sent' }).click()
    await history.getByText('Temporary: the relay kept nothing of it.').waitFor()
  })
})

describe('the time an answer took', () => {
  it('opens by the keyboard into a waterfall whose numbers never run backwards', async () => {
    const { url: relayUrl } = await newTestRelay({ brain: answeringBrain })
    const { panel } = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    await panel.getByText('Listening').first().waitFor()
    await type(panel, 'How quick are you?')
    await waitForCaption(panel, ANSWER)
    await panel.getByRole('button', { name: /^How long the answer took/ }).focus()
    await panel.keyboard.press('Enter')
    await panel.locator('[data-step="firstSound"]').waitFor()
    const steps = await panel.locator('[data-step]').evaluateAll((found) =>
      found.map((step) => ({
        name: step.getAttribute('data-step') ?? '',
        ms: (step.textContent.match(/\d+(?= ms)/g) ?? []).map(Number),
      })),
    )
    const way = steps.filter(({ name }) => name !== 'inputFinal')
    expect(way.map(({ name }) => name)).toEqual([
      'firstAudioUpstream',
      'firstAudioSent',
      'firstAudioReceived',
      'firstSound',
    ])
    const marks = way.flatMap(({ ms }) => ms)
    expect(marks).toHaveLength(8)
    expect(marks).toEqual(marks.toSorted((a, b) => a - b))
    await panel.keyboard.press('Enter')
    await panel.locator('[data-step]').first().waitFor({ state: 'detached' })
  })
})

async function type(panel: Page, text: string): Promise<void> {
  await panel.getByRole('button', { name: 'Type instead' }).click()
  await panel.getByRole('textbox').fill(text)
  await panel.keyboard.press('Enter')
  await panel.getByRole('button', { name: 'Close the keyboard' }).click()
}

async function sayAndStop({ panel }: Stage, text: string): Promise<void> {
  await panel.getByText('Listening').first().waitFor()
  await type(panel, text)
  await waitForCaption(panel, text)
  await waitForCaption(panel, ANSWER)
  await panel.getByRole('button', { name: 'Stop the conversation' }).click()
  await panel.getByText('Ready when you are.').waitFor()
}

/** What a page gives the person as a file. */
async function savedText(page: Page, save: () => Promise<void>): Promise<string> {
  const saved = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const createObjectURL = URL.createObjectURL.bind(URL)
        URL.createObjectURL = (file: Blob) => {
          URL.createObjectURL = createObjectURL
          void file.text().then(resolve)
          return createObjectURL(file)
        }
      }),
  )
  const download = page.waitForEvent('download')
  await save()
  await download
  return saved
}

interface Interval {
  readonly fromMs: number
  readonly toMs: number
}

/** When the sign was lit since now, as every page is told; ms since 1970. */
async function watchSign(panel: Page): Promise<() => readonly Interval[]> {
  const changes: { readonly lit: boolean; readonly atMs: number }[] = []
  await panel.exposeFunction('asideSign', (lit: boolean, atMs: number) => {
    if (changes.at(-1)?.lit !== lit) changes.push({ lit, atMs })
  })
  await panel.evaluate(() => {
    const tell = (globalThis as unknown as { asideSign: (lit: boolean, atMs: number) => void }).asideSign
    const channel = new BroadcastChannel('aside-voice')
    channel.addEventListener('message', ({ data }: MessageEvent<VoiceChannelMessage>) => {
      if (data.type === 'state') tell(data.state.microphoneOpen && !data.state.muted, Date.now())
    })
  })
  return () =>
    changes.flatMap(({ lit, atMs }, index) =>
      lit ? [{ fromMs: atMs, toMs: changes[index + 1]?.atMs ?? Date.now() }] : [],
    )
}

function ledgerEntries(page: Page): Promise<LedgerEntry[]> {
  return page.evaluate(async () => {
    const opening = indexedDB.open('aside-ledger')
    await new Promise((resolve) => opening.addEventListener('success', resolve))
    const reading = opening.result.transaction('entries').objectStore('entries').getAll()
    await new Promise((resolve) => reading.addEventListener('success', resolve))
    opening.result.close()
    return (reading.result as { entry: LedgerEntry }[]).map(({ entry }) => entry)
  })
}

/** Changes one number of the second entry, as a program that wants to hide something might. */
async function tamper(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const opening = indexedDB.open('aside-ledger')
    await new Promise((resolve) => opening.addEventListener('success', resolve))
    const transaction = opening.result.transaction('entries', 'readwrite')
    const entries = transaction.objectStore('entries')
    const reading = entries.get(2)
    await new Promise((resolve) => reading.addEventListener('success', resolve))
    const record = reading.result as { entry: { at: number } }
    entries.put({ ...record, entry: { ...record.entry, at: record.entry.at + 1 } }, 2)
    await new Promise((resolve) => transaction.addEventListener('complete', resolve))
    opening.result.close()
  })
}
