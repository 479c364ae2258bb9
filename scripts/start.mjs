// Built-ins only, on any Node ≥ 20, with nothing installed.
import { fileURLToPath } from 'node:url'
import { refuseOldNode } from './setup/node-version.mjs'

refuseOldNode()
const { startAside } = await import('./setup/start-aside.mjs')
process.exit(await startAside(fileURLToPath(import.meta.url), process.argv.slice(2)))
