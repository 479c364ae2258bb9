import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installPackages } from './packages.mjs'
import { continueOnProjectNode, isContinued } from './project-node.mjs'

/**
 * Runs a TypeScript script in this process, on the Node that `npm ci` brings along; installs what is missing before.
 *
 * @param {string} launcher path of the script that was started
 * @param {readonly string[]} args the TypeScript script, then its own arguments
 */
export async function runScript(launcher, args) {
  if (!isContinued()) {
    const installed = await installPackages((line) => console.error(line))
    if (!installed.ok) {
      console.error(installed.fault)
      process.exit(1)
    }
  }
  await continueOnProjectNode(launcher, args)
  const [script, ...rest] = args
  process.argv = [process.argv[0], resolve(script), ...rest]
  await import(pathToFileURL(resolve(script)).href)
}
