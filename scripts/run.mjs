// Built-ins only, on any Node ≥ 20, with nothing installed: `node scripts/run.mjs scripts/NAME.ts ARGS…`.
import { fileURLToPath } from 'node:url'
import { refuseOldNode } from './setup/node-version.mjs'

refuseOldNode()
const { runScript } = await import('./setup/run-script.mjs')
await runScript(fileURLToPath(import.meta.url), process.argv.slice(2))
