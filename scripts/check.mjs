// Built-ins only, on any Node ≥ 20, with nothing installed.
import { fileURLToPath } from 'node:url'
import { refuseOldNode } from './setup/node-version.mjs'

refuseOldNode()
const { checkAside } = await import('./setup/test-aside.mjs')
process.exit(await checkAside(fileURLToPath(import.meta.url), process.argv.slice(2)))
