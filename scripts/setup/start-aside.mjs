import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { onStop } from './child.mjs'
import { findChromium, hasDisplay, openChromium } from './chromium.mjs'
import { serveExamplePage } from './example-page.mjs'
import { EXTENSION_FOLDER, buildExtension } from './extension-build.mjs'
import { installPackages } from './packages.mjs'
import { continueOnProjectNode, isContinued } from './project-node.mjs'
import { startRelay } from './relay-process.mjs'
import { ROOT } from './root.mjs'

const USAGE = `Usage: npm start [-- --no-browser] [-- --port N]

  --no-browser   do not open Chromium
  --port N       port of the relay (8787; 0 takes any free one)`

const STEPS = 4

const ENV_FILE = join(ROOT, '.env')

/**
 * Installs what is missing, builds the extension, starts the relay and opens Chromium, until it is asked to stop.
 *
 * @param {string} script path of the script that was started
 * @param {readonly string[]} args its arguments
 * @returns {Promise<number>} exit code
 */
export async function startAside(script, args) {
  const options = parseOptions(args)
  if (options === undefined) return 2
  if (!isContinued() && !(await install())) return 1
  await continueOnProjectNode(script, args)
  if (!(await build())) return 1
  return run(options)
}

function parseOptions(args) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { 'no-browser': { type: 'boolean', default: false }, port: { type: 'string' } },
    })
    if (values.port === undefined || isPort(values.port)) return { port: values.port, browser: !values['no-browser'] }
    console.error(`--port must be a number from 0 to 65535, not “${values.port}”.\n\n${USAGE}`)
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}.\n\n${USAGE}`)
  }
  return undefined
}

function isPort(text) {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

async function install() {
  sayStep(1, 'packages: installing what is missing')
  const result = await installPackages(sayMore)
  if (!result.ok) console.error(result.fault)
  return result.ok
}

async function build() {
  sayStep(2, 'extension: building what changed')
  const { ok, output } = await buildExtension()
  if (!ok) console.error(`${output}\nThe extension could not be built; the lines above say why.`)
  return ok
}

async function run(options) {
  sayStep(3, 'relay: starting it')
  // What is set already counts before the file (.env.example says what there is).
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const stopping = Promise.withResolvers()
  onStop(() => stopping.resolve('asked'))
  const port = options.port === undefined ? {} : { ASIDE_PORT: options.port }
  // Nobody takes the conversation over, and whoever pressed Ctrl-C is waiting; a line for each request is for operators.
  const env = { ASIDE_DRAIN: '1s', ASIDE_LOG: 'warn', ...process.env, ...port }
  const relay = await startRelay({ env, say: sayMore, onLine: (line) => console.log(line) })
  const closers = [() => relay.child.stop()]
  void relay.child.exited.then((code) => stopping.resolve(code))
  const address = await Promise.race([relay.ready, stopping.promise.then(() => undefined)])
  if (address !== undefined) closers.push(...(await openBrowser(options, address, stopping.promise)))
  const end = await stopping.promise
  if (end === 'asked') sayMore('stopping …')
  await Promise.all(closers.map((close) => close()))
  if (end === 'asked') return 0
  // The relay has said why on its standard error.
  return end === 0 ? 0 : 1
}

/** @returns what is to be closed at the end */
async function openBrowser({ browser }, address, stopping) {
  if (!browser) {
    sayStep(4, 'browser: none, as you asked')
    tellHowToTalk(address)
    return []
  }
  const executable = hasDisplay() ? findChromium() : undefined
  if (executable === undefined) {
    sayStep(4, hasDisplay() ? 'browser: no Chromium was found' : 'browser: there is no display here')
    tellHowToTalk(address)
    return []
  }
  sayStep(4, `browser: opening ${executable}`)
  const page = await serveExamplePage()
  const profile = join(ROOT, '.aside', 'chromium')
  const chromium = await openChromium({ executable, profile, extension: EXTENSION_FOLDER, url: page.url })
  void Promise.race([chromium.exited.then(() => 'closed'), stopping]).then((first) => {
    if (first === 'closed') sayMore('The browser is closed; the relay runs on until Ctrl-C.')
  })
  tellWhatToClick(address)
  return [() => chromium.stop(), page.close]
}

function tellWhatToClick(address) {
  sayMore('')
  sayMore('In Chromium: follow the welcome page once, then click the Aside icon in the toolbar (or Ctrl+Shift+Y) and')
  sayMore('say “What is this page about?”.')
  tellAddress(address)
  sayMore('Ctrl-C here stops everything.')
}

function tellHowToTalk(address) {
  const folder = relative(process.cwd(), EXTENSION_FOLDER)
  sayMore('')
  sayMore('In a browser:  open chrome://extensions, switch on “Developer mode”, click “Load unpacked” and choose')
  sayMore(`               ${folder} (Chrome itself takes an extension only this way)`)
  sayMore(`Without one:   npm run talk -- tests/fixtures/what-time-is-it.wav --url ${address} --out answer.wav`)
  tellAddress(address)
  sayMore('Ctrl-C here stops the relay.')
}

function tellAddress(address) {
  if (new URL(address).port !== '8787') sayMore(`In Aside's options, set the relay's address to ${address}.`)
}

function sayStep(number, text) {
  console.error(`${number}/${STEPS} ${text}`)
}

function sayMore(text) {
  console.error(text === '' ? '' : `    ${text}`)
}
