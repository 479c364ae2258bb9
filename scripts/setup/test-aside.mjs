import { resolveHost } from '../uws-host.mjs'
import { installPackages } from './packages.mjs'
import { continueOnProjectNode, isContinued } from './project-node.mjs'
import { StepRunner } from './step-runner.mjs'
import { buildStep, scriptStep, vitestStep } from './steps.mjs'
import { installSystemPackages } from './system-packages.mjs'

/**
 * The quick part: everything that needs neither a browser nor a running relay.
 *
 * @param {string} script path of the script that was started
 * @param {readonly string[]} args its arguments
 * @returns {Promise<number>} exit code
 */
export async function checkAside(script, args) {
  if (!acceptNoArguments(args, 'npm run check')) return 2
  if (!(await preparePackages(script, args))) return 1
  const steps = quickSteps(await findNode())
  const runner = new StepRunner(steps.length)
  await runner.runPhase(steps)
  return runner.finish()
}

/** Everything, from a bare clone. Arguments and result as {@link checkAside}. */
export async function testAside(script, args) {
  if (!acceptNoArguments(args, 'npm test')) return 2
  if (!(await preparePackages(script, args))) return 1
  const node = await findNode()
  const quick = quickSteps(node)
  const runner = new StepRunner(quick.length + 4)
  const equipped = await runner.runPhase([{ name: 'system packages', run: installSystemPackages }])
  await runner.runPhase(quick)
  // From here on one at a time: they listen to sound as it comes, and the extension's build rewrites what lint reads.
  const built = await runner.runPhase([buildStep()])
  await runner.runPhase([vitestStep('integration', node)])
  if (equipped && built) await runner.runPhase([vitestStep('e2e', node)])
  else runner.skip('e2e', built ? 'system packages are missing.' : 'the extension could not be built.')
  return runner.finish()
}

/** The longest first, so that two at a time end together. */
function quickSteps(node) {
  const [lint, types, format, arch, dead] = ['lint', 'types', 'format', 'arch', 'dead'].map(scriptStep)
  return [lint, vitestStep('unit', node), types, format, vitestStep('extension', node), arch, dead]
}

function acceptNoArguments(args, name) {
  if (args.length > 0) console.error(`${name} takes no arguments; for some tests only: npx vitest run PATH`)
  return args.length === 0
}

async function preparePackages(script, args) {
  if (!isContinued()) {
    console.log('packages: installing what is missing')
    const result = await installPackages((line) => console.log(`      ${line}`))
    if (!result.ok) {
      console.error(result.fault)
      console.log('0 passed, 1 failed')
      return false
    }
  }
  await continueOnProjectNode(script, args)
  return true
}

/** @returns {Promise<string>} a Node that loads uWebSockets.js, where there is one */
async function findNode() {
  const host = await resolveHost({ log: (line) => console.log(`      ${line}`) })
  if (host.reason !== undefined) console.log(`      ${host.reason}`)
  return host.command
}
