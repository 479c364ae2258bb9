// Imports nothing: this file must load on any Node that knows ES modules, to say what is wrong with an older one.

/** The oldest Node that can begin; what follows runs on the Node that `npm ci` brings along. */
const OLDEST_TO_BEGIN = '20.0.0'

/** The oldest Node that can run Aside, where `npm ci` has none for the platform: it strips types, and keyv 6 asks for it. */
const OLDEST_TO_RUN = '22.19.0'

/** Ends the process with a sentence when this Node cannot even begin. */
export function refuseOldNode() {
  if (isAtLeast(process.versions.node, OLDEST_TO_BEGIN)) return
  console.error(
    `Aside needs Node 20 or newer to begin, this is ${process.versions.node}. Get one from https://nodejs.org.`,
  )
  process.exit(1)
}

/** @returns {string | undefined} a sentence when the version cannot run Aside */
export function whyTooOldToRun(version = process.versions.node) {
  if (isAtLeast(version, OLDEST_TO_RUN)) return undefined
  return (
    `Aside needs Node ${OLDEST_TO_RUN} or newer on ${process.platform} ${process.arch}, where npm has none to bring along; ` +
    `this is ${version}. Get Node 24 from https://nodejs.org.`
  )
}

function isAtLeast(version, oldest) {
  const own = version.split('.').map(Number)
  const other = oldest.split('.').map(Number)
  const index = [0, 1, 2].find((position) => own[position] !== other[position])
  return index === undefined || own[index] > other[index]
}
