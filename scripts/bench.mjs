// Built-ins only, on any Node ≥ 20, with nothing installed.
import { fileURLToPath } from 'node:url'
import { refuseOldNode } from './setup/node-version.mjs'

refuseOldNode()
const { benchAside } = await import('./setup/bench-aside.mjs')
process.exit(await benchAside(fileURLToPath(import.meta.url), process.argv.slice(2)))
