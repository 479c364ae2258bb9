import { type Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openArticle, openBrowser } from '../support/conversation-stage.ts'
import { startSharedRelay } from '../support/relay-process.ts'

let relayUrl: string
beforeAll(async () => {
  relayUrl = await startSharedRelay()
})

describe('the first run', () => {
  it('opens a welcome tab that shows a live microphone level and finds the relay', async () => {
    const browser = await openBrowser({
      relayUrl,
      microphone: ['long-question', 'long-question', 'long-question'],
      microphonePermission: 'accepted',
    })
    const welcome = await welcomeTab(browser)
    await welcome.reload()
    await welcome.getByRole('button', { name: 'Allow the microphone' }).click()
    await welcome.getByText('It hears you.').waitFor()
    await welcome.getByRole('button', { name: 'Test', exact: true }).click()
    await welcome.getByText(/answered in \d+ ms/).waitFor()
    expect(await welcome.getByText('Brain: local').count()).toBe(1)
  })

  it('says that no microphone is connected', async () => {
    const browser = await openBrowser({ relayUrl, withoutDevices: true, microphonePermission: 'accepted' })
    const welcome = await welcomeTab(browser)
    await welcome.getByRole('button', { name: 'Allow the microphone' }).click()
    await welcome.getByText('No microphone is connected').waitFor()
  })
})

describe('the echo check', () => {
  it('says that nothing comes back where nothing does', async () => {
    const welcome = await welcomeWithMicrophone()
    await welcome.getByRole('button', { name: 'Check for echo' }).click()
    await welcome.getByText('You can talk without headphones.').waitFor()
  })

  it('hears the notes when the microphone hears the speaker', async () => {
    const welcome = await welcomeWithMicrophone()
    await welcome.evaluate(letMicrophoneHearSpeaker)
    await welcome.getByRole('button', { name: 'Check for echo' }).click()
    await welcome.getByText('The microphone hears the speaker clearly').waitFor()
  })
})

describe('what can be wrong', () => {
  it('the microphone is refused, allowed in the settings and taken away again: the welcome tab follows each', async () => {
    const browser = await openBrowser({ relayUrl, microphone: [{ silenceMs: 1000 }], microphonePermission: 'prompt' })
    const welcome = await welcomeTab(browser)
    await browser.setPermission('microphone', 'denied')
    await welcome.getByRole('button', { name: 'Open the site settings' }).waitFor()
    await browser.setPermission('microphone', 'granted')
    await welcome.getByText('Allowed, and switched off again.').waitFor()
    await welcome.getByRole('button', { name: 'Test it again' }).click()
    await welcome.getByText('Say something: the line should move.').waitFor()
    await browser.setPermission('microphone', 'denied')
    await welcome.getByRole('button', { name: 'Open the site settings' }).waitFor()
  })

  it('the microphone was never granted: the panel leads to the welcome tab', async () => {
    const browser = await openBrowser({ relayUrl, microphone: [{ silenceMs: 1000 }], microphonePermission: 'prompt' })
    const tab = await openArticle(browser)
    await browser.clickIcon(tab)
    const panel = await browser.sidePanel()
    const mend = panel.getByRole('button', { name: /Allow the microphone|unblock/ })
    await mend.waitFor()
    const opened = browser.context.waitForEvent('page')
    await mend.click()
    expect((await opened).url()).toContain('welcome.html')
  })

  it('there is no microphone: the panel says so', async () => {
    const browser = await openBrowser({ relayUrl, withoutDevices: true })
    const tab = await openArticle(browser)
    await browser.clickIcon(tab)
    const panel = await browser.sidePanel()
    await panel.getByText('No microphone is connected to this computer.').waitFor()
  })

  it('no relay answers: the panel says how to start one', async () => {
    const browser = await openBrowser({ relayUrl: 'http://127.0.0.1:9', microphone: [{ silenceMs: 60_000 }] })
    const tab = await openArticle(browser)
    await browser.clickIcon(tab)
    const panel = await browser.sidePanel()
    await panel.getByText(/The relay does not answer\. Start it with npm start/).waitFor()
  })

  it('the options page says what is wrong with an address, and tests a good one', async () => {
    const browser = await openBrowser({ relayUrl })
    const options = await browser.openExtensionPage('options.html')
    const address = options.getByRole('textbox', { name: 'Relay address' })
    await address.fill('http://example.com')
    await address.press('Enter')
    await options.getByText('Plain http is for 127.0.0.1 and localhost only.').waitFor()
    await address.fill(relayUrl)
    await options.getByRole('button', { name: 'Test', exact: true }).click()
    await options.getByText(/answered in \d+ ms/).waitFor()
  })
})

async function welcomeTab(browser: Awaited<ReturnType<typeof openBrowser>>) {
  const isWelcome = (page: { url(): string }) => page.url().includes('welcome.html')
  return (
    browser.context.pages().find(isWelcome) ?? (await browser.context.waitForEvent('page', { predicate: isWelcome }))
  )
}

async function welcomeWithMicrophone(): Promise<Page> {
  const browser = await openBrowser({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
  const welcome = await welcomeTab(browser)
  await welcome.getByText('Allowed, and switched off again.').waitFor()
  return welcome
}

/** Runs in the page: what it plays comes out of its microphone too, as in a room without echo cancellation. */
function letMicrophoneHearSpeaker(): void {
  const room = new AudioContext()
  const microphone = room.createMediaStreamDestination()
  navigator.mediaDevices.getUserMedia = () => Promise.resolve(microphone.stream.clone())
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (this: AudioNode, target: AudioNode) => AudioNode
  Reflect.set(GainNode.prototype, 'connect', function (this: GainNode, target: AudioNode) {
    const air = new MediaStreamAudioDestinationNode(this.context as AudioContext)
    connect.call(this, air)
    new MediaStreamAudioSourceNode(room, { mediaStream: air.stream }).connect(microphone)
    return connect.call(this, target)
  })
}
