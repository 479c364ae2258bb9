import { ENDING_FAULTS } from './ending-faults.ts'
import { type Fault } from './fault.ts'
import { MESSAGE_FAULTS } from './message-faults.ts'
import { TOOL_FAULTS } from './tool-faults.ts'
import { TURN_FAULTS } from './turn-faults.ts'

/** Every way in which Gemini Live is known, or feared, to go wrong. */
export const FAULTS: readonly Fault[] = [...ENDING_FAULTS, ...TURN_FAULTS, ...TOOL_FAULTS, ...MESSAGE_FAULTS]

export function findFault(name: string): Fault | undefined {
  return FAULTS.find((fault) => fault.name === name)
}

/** @returns one line a fault: its name, the moment it comes at, what it does and where that was seen */
export function listFaults(): string {
  const width = Math.max(...FAULTS.map(({ name }) => name.length))
  return FAULTS.map((fault) => {
    const moment = fault.kind === 'strike' ? `@${fault.at}` : ''
    return `${fault.name.padEnd(width)}  ${moment.padEnd(14)}${fault.does} (${fault.source})`
  }).join('\n')
}
