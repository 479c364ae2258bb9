import { type Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openStage, waitForCaption } from '../support/conversation-stage.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { startSharedRelay } from '../support/relay-process.ts'
import { said, speech, turnComplete } from '../support/scripted-live-messages.ts'
import { type ScriptedCall } from '../support/scripted-live.ts'
import { type TappedOutput, tapOutputs } from '../support/tapped-outputs.ts'
import { newTestRelay } from '../support/test-relay.ts'

const RATE_HZ = 24_000
const PER_MS = RATE_HZ / 1000
/** Words of 600 ms and pauses of 100 ms between them. */
const [WORD, PAUSE] = [0.6 * RATE_HZ, 0.1 * RATE_HZ]
/** A sample says which it is, modulo this many; 0 is a pause. */
const MARKS = 4096
/** A page that goes away knows how far it was heard to the render block. */
const BLOCK_MS = 128 / 24
/** An output that comes up is listened to a moment later: so much of its beginning nobody sees, ms. */
const BLIND_MS = 60

const SENTENCE = 'the river was quiet and the bridge was empty'

/** @returns the mark of a sample of the answer */
function markAt(index: number): number {
  return index % (WORD + PAUSE) < WORD ? (index % (MARKS - 1)) + 1 : 0
}

/** Says so many seconds of numbered samples, as fast as the line takes them. */
function sayMarks(call: ScriptedCall, seconds: number): void {
  call.send(said('One two three four five six seven eight nine ten. '))
  for (let second = 0; second < seconds; second++) {
    const pcm = Int16Array.from({ length: RATE_HZ }, (_, index) => markAt(second * RATE_HZ + index))
    call.send(speech(Buffer.from(pcm.buffer)))
  }
  call.send(turnComplete)
}

/** Which samples of the answer an output played: the first and the last that can be told from silence, and whether all between. */
function heardBy(
  output: TappedOutput,
  from: number,
): { readonly first: number; readonly last: number; readonly whole: boolean } {
  const { samples } = output
  const start = samples.findIndex((sample, index) => isMark(samples, index) && sample > 0)
  const first = indexOf(samples[start] ?? 0, from)
  let last = first
  let whole = true
  for (let at = start; at < samples.length; at++) {
    const sample = samples[at] ?? 0
    if (sample === 0) continue
    const index = first + (at - start)
    if (sample === markAt(index)) last = index
    // What is left after the last one is a fade.
    else if (samples.slice(at, at + 200).some((later, ahead) => later > 64 && later === markAt(index + ahead)))
      whole = false
  }
  return { first, last, whole }
}

/** A sample with its like on both sides: no fade. */
function isMark(samples: readonly number[], at: number): boolean {
  return samples[at + 1] === (samples[at] ?? 0) + 1 && samples[at + 2] === (samples[at] ?? 0) + 2
}

/** The first sample of the answer from `from` on that bears this mark. */
function indexOf(mark: number, from: number): number {
  let index = from
  while (markAt(index) !== mark) index++
  return index
}

/** The last sample of an answer of so many seconds that is no pause. */
function lastMarkOf(seconds: number): number {
  let index = seconds * RATE_HZ - 1
  while (markAt(index) === 0) index--
  return index
}

async function type(panel: Page, text: string): Promise<void> {
  await panel.getByRole('button', { name: 'Type instead' }).click()
  await panel.getByRole('textbox').fill(text)
  await panel.keyboard.press('Enter')
}

/** A conversation whose brain says numbers, with an ear at every output. */
async function openMarkedStage() {
  const { url: relayUrl, brain } = await newTestRelay()
  const stage = await openStage({ relayUrl, microphone: [{ silenceMs: 120_000 }], keepTalking: true })
  await stage.panel.getByText('Listening.').waitFor()
  const taps = await tapOutputs(await stage.browser.openExtensionPage('options.html'))
  await stage.tab.bringToFront()
  return { ...stage, taps, call: await brain.call(0) }
}

describe('speech that changes hands', () => {
  it('goes on in the offscreen document within a render block, and in the panel to the sample', async () => {
    const { browser, tab, panel, taps, call } = await openMarkedStage()
    sayMarks(call, 20)
    await panel.getByText('Answering. Speak to interrupt.').waitFor()
    await panel.waitForTimeout(1500)
    // The page says goodbye as when it goes; it stays for a moment, so that its last sample is heard here as well.
    const latencyMs = await panel.evaluate(async () => {
      dispatchEvent(new PageTransitionEvent('pagehide'))
      const context = new AudioContext({ sampleRate: 24_000, latencyHint: 'interactive' })
      while (context.outputLatency === 0) await new Promise((resolve) => setTimeout(resolve, 20))
      return context.outputLatency * 1000
    })
    const goodbye = (await taps.messages('panel-close')).find((message) => message.type === 'panel-close')
    const leftMs = goodbye?.type === 'panel-close' ? (goodbye.left?.playedMs ?? 0) : 0
    await panel.waitForTimeout(500)
    await panel.close()
    const given = (await taps.messages('speech')).length
    await browser.clickIcon(tab)
    const again = await browser.sidePanel()
    await again.getByText('Answering. Speak to interrupt.').waitFor()
    await again.waitForFunction(() => document.querySelector('[data-state="listening"]') !== null, undefined, {
      timeout: 40_000,
    })
    // The ear hands over in blocks what it heard: the last one is under way.
    await again.waitForTimeout(500)

    const [first, second, third] = (await taps.outputs()).filter(({ samples }) => samples.some((sample) => sample > 64))
    if (first === undefined || second === undefined || third === undefined) throw new Error('somebody stayed silent')
    const inPanel = heardBy(first, 0)
    const inOffscreen = heardBy(second, Math.round(leftMs * PER_MS))
    const inPanelAgain = heardBy(third, inOffscreen.last)
    const rest = (await taps.messages('speech')).slice(given).find((message) => message.type === 'speech')
    const takenOver = Math.round((rest?.type === 'speech' ? rest.positionMs : 0) * PER_MS)
    const errorMs = leftMs - ((inPanel.last + 1) / PER_MS - latencyMs)
    const gap = inPanelAgain.first - inOffscreen.last
    // Each was heard without a hole or a repetition inside.
    expect([inPanel.whole, inOffscreen.whole, inPanelAgain.whole]).toEqual([true, true, true])
    // A page that goes takes with it what its device had not given out; from there it is said again.
    expect(Math.abs(errorMs)).toBeLessThanOrEqual(BLOCK_MS)
    expect(inOffscreen.first - Math.round(leftMs * PER_MS)).toBeLessThanOrEqual(BLIND_MS * PER_MS)
    // The way back is taken in a pause between two words: nothing is missing, and nothing is there twice.
    expect(inOffscreen.last).toBeLessThan(takenOver)
    expect(takenOver).toBeLessThanOrEqual(inPanelAgain.first)
    expect(
      Array.from({ length: gap - 1 }, (_, index) => markAt(inOffscreen.last + 1 + index)).every((mark) => mark === 0),
    ).toBe(true)
    expect(inPanelAgain.last).toBe(lastMarkOf(20))
  })
})

describe('an answer of the local brain', () => {
  let relayUrl: string
  beforeAll(async () => {
    relayUrl = await startSharedRelay()
  })

  it('is shown as it is heard, and said again when asked, with the same words', async () => {
    const { panel, browser, tab } = await openStage({ relayUrl, microphone: [{ silenceMs: 120_000 }] })
    await panel.getByText('Listening.').waitFor()
    const taps = await tapOutputs(await browser.openExtensionPage('options.html'))
    await tab.bringToFront()
    const growth = await watchCaption(panel)
    await type(panel, `Please repeat after me: ${SENTENCE}.`)
    await panel.getByRole('button', { name: 'Play again' }).waitFor({ timeout: 60_000 })
    const lengths = await growth()
    await panel.getByRole('button', { name: 'Play again' }).click()
    await panel.getByRole('button', { name: 'Stop playing' }).waitFor()
    await panel.getByRole('button', { name: 'Play again' }).waitFor({ timeout: 60_000 })

    // Words came one by one, none was taken back, and the last came neither first nor with all the others.
    expect(lengths.length).toBeGreaterThanOrEqual(5)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    const spoken = (await taps.outputs()).filter(({ samples }) => samples.some((sample) => Math.abs(sample) > 1000))
    expect(spoken).toHaveLength(2)
    for (const { samples, rateHz } of spoken) {
      const words = await recogniseSpeech({ samples: Float32Array.from(samples, (sample) => sample / 32_768), rateHz })
      expect(wordErrorRate(SENTENCE, words), `heard “${words}”`).toBeLessThan(0.3)
    }
  })

  it('is read and not heard where only captions are wished, and announced once', async () => {
    const { panel, browser, tab } = await openStage({ relayUrl, microphone: [{ silenceMs: 120_000 }] })
    await browser.changeSettings({ speaker: { deviceId: '', volume: 1, captionsOnly: true } })
    await panel.getByText('Listening.').waitFor()
    const taps = await tapOutputs(await browser.openExtensionPage('options.html'))
    await tab.bringToFront()
    const growth = await watchCaption(panel)
    await type(panel, `Please repeat after me: ${SENTENCE}.`)
    await waitForCaption(panel, /the river was quiet.*the bridge was empty/is)
    await panel.getByRole('button', { name: 'Play again' }).waitFor({ timeout: 60_000 })
    expect((await growth()).length).toBeGreaterThanOrEqual(5)
    expect(await panel.locator('[aria-live="polite"]:not([role])').innerText()).toMatch(/the bridge was empty/i)
    const outputs = await taps.outputs()
    expect(outputs.length).toBeGreaterThan(0)
    expect(outputs.every(({ samples }) => samples.every((sample) => Math.abs(sample) <= 1))).toBe(true)
  })
})

/** Notes how many words of the answer are shown, each time that changes. */
async function watchCaption(panel: Page): Promise<() => Promise<readonly number[]>> {
  await panel.evaluate(() => {
    const scope = globalThis as unknown as { asideGrowth: number[] }
    scope.asideGrowth = []
    const look = () => {
      const text = document.querySelector('.assistant .words')?.textContent.trim() ?? ''
      const words = text === '' ? 0 : text.split(/\s+/).length
      if (words > 0 && scope.asideGrowth.at(-1) !== words) scope.asideGrowth.push(words)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  return () => panel.evaluate(() => (globalThis as unknown as { asideGrowth: number[] }).asideGrowth)
}
