import { type LiveCapabilities } from './live-model.ts'

/** What it is told of these changes nothing: it speaks English, looks at nothing closely, and has its own manners. */
const IGNORED = ['language', 'persona', 'brevity', 'temperature', 'mediaResolution'] as const

/**
 * What the local brain can be asked for. It takes whatever the model it stands for takes, and has one voice under all names.
 *
 * @param voice the name it goes by here
 */
export function localCapabilities(model: LiveCapabilities, voice: string): LiveCapabilities {
  return { ...model, voices: [voice], unsupported: [...model.unsupported, ...IGNORED] }
}
