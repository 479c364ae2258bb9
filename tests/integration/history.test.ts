import { describe, expect, it, onTestFinished } from 'vitest'
import { EXTENSION_ID } from '../../relay/config.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { quiet } from '../support/open-stores.ts'
import { said, speech, speechPcm, turnComplete } from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { openTestClient } from '../support/test-relay-client.ts'

const SECRET = 'a secret of at least thirty-two characters'
const ORIGIN = `chrome-extension://${EXTENSION_ID}`

/** Two relays of one installation; whoever pairs with one may ask the other. */
async function stage(engine: string) {
  const store = await openStore('memory:', { logger: quiet })
  onTestFinished(() => store.close())
  const options = { env: { ASIDE_ENGINE: engine, ASIDE_SECRET: SECRET }, deps: { store } }
  const [here, there] = [await newTestRelay(options), await newTestRelay(options)]
  const authorization = `Bearer ${await accessToken(here.url)}`
  const ask = (url: string, path: string, method = 'GET') =>
    fetch(url + path, { method, headers: { authorization, origin: ORIGIN } })
  return { here, there, ask }
}

async function accessToken(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/pair`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN },
    body: '{}',
  })
  return ((await response.json()) as { readonly accessToken: string }).accessToken
}

async function askWhatBeesDo({ url, brain }: Awaited<ReturnType<typeof newTestRelay>>) {
  const { client, arrivals } = await openTestClient(url)
  const call = await brain.call(0)
  client.send({ type: 'text.send', id: 't1', text: 'What do bees do in winter?' })
  await arrivals.message('transcript.final')
  call.send(said('They stay warm.'))
  call.send(speech(speechPcm(40)))
  call.send(turnComplete)
  await arrivals.message('turn.complete')
  const { sessionId } = await arrivals.message('session.ready')
  return { id: sessionId, arrivals }
}

describe.each(['uws', 'ws'])('what was said, over %s', (engine) => {
  it('is listed, found, exported and deleted on any instance, which ends the conversation where it is held', async () => {
    const { here, there, ask } = await stage(engine)
    const { id, arrivals } = await askWhatBeesDo(here)

    const found = await ask(there.url, '/v1/conversations?q=WINTER')
    expect(found.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(await found.json()).toMatchObject({
      conversations: [{ id, entries: 2, title: 'What do bees do in winter?' }],
    })
    const exported = await (await ask(there.url, `/v1/conversations/${id}?format=markdown`)).text()
    expect(exported).toContain('What do bees do in winter?')
    expect(exported).toContain('They stay warm.')

    expect((await ask(there.url, `/v1/conversations/${id}`, 'DELETE')).status).toBe(204)
    expect(await arrivals.message('error')).toMatchObject({ code: 'conversation_deleted', fatal: true })
    expect((await ask(here.url, `/v1/conversations/${id}`)).status).toBe(404)
    expect(await (await ask(here.url, '/v1/conversations')).json()).toEqual({ conversations: [] })
  })

  it('is deleted with everything else that is kept of the user, who stays paired', async () => {
    const { here, there, ask } = await stage(engine)
    const { arrivals } = await askWhatBeesDo(here)
    expect((await ask(there.url, '/v1/me/data', 'DELETE')).status).toBe(204)
    expect(await arrivals.message('error')).toMatchObject({ code: 'conversation_deleted' })
    expect(await (await ask(here.url, '/v1/conversations')).json()).toEqual({ conversations: [] })
    expect((await ask(here.url, '/v1/usage')).status).toBe(200)
  })
})
