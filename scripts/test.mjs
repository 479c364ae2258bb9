// Built-ins only, on any Node ≥ 20, with nothing installed.
import { fileURLToPath } from 'node:url'
import { refuseOldNode } from './setup/node-version.mjs'

refuseOldNode()
const { testAside } = await import('./setup/test-aside.mjs')
process.exit(await testAside(fileURLToPath(import.meta.url), process.argv.slice(2)))
