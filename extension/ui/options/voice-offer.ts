import { type SessionSetup } from '../../../shared/protocol/session-setup.ts'
import { type RelayFound } from '../../messaging/messages.ts'

export interface VoiceOffer {
  /** The model whose abilities these are; empty: not known. */
  readonly model: string
  readonly models: readonly OfferedName[]
  readonly voices: readonly OfferedName[]
  /** Fields of the setup that the model has no use for. */
  readonly unsupported: readonly (keyof SessionSetup)[]
}

/**
 * `usual`: what one gets without a wish, by name where that is known. `stored`: chosen before, with nobody to say whether it
 * is on offer. `unknown`: chosen before, and not on offer.
 */
export interface OfferedName {
  readonly kind: 'usual' | 'offered' | 'stored' | 'unknown'
  /** As it is stored; empty for `usual`. */
  readonly value: string
  readonly name: string
}

/** The settings that a model may have no use for, in the order they are shown. */
const OPTIONAL = [
  'language',
  'brevity',
  'persona',
  'temperature',
  'affective',
  'proactive',
  'mediaResolution',
] as const satisfies readonly (keyof SessionSetup)[]

/** What can be chosen with this relay; without one, what was chosen before. Pure. */
export function voiceOffer(
  relay: Pick<RelayFound, 'models'> | undefined,
  chosen: { readonly model: string; readonly name: string },
): VoiceOffer {
  const models = relay?.models ?? []
  const model = models.find(({ name }) => name === chosen.model) ?? models[0]
  return {
    model: model?.name ?? '',
    models: namesOf(
      models.map(({ name }) => name),
      chosen.model,
    ),
    voices: namesOf(model?.voices ?? [], chosen.name),
    unsupported: OPTIONAL.filter((field) => model?.unsupported.includes(field) === true),
  }
}

/** The first of what is offered is what one gets without a wish: it is chosen by leaving the choice to the relay. */
function namesOf([usual = '', ...others]: readonly string[], chosen: string): readonly OfferedName[] {
  const names: readonly OfferedName[] = [
    { kind: 'usual', value: '', name: usual },
    ...others.map((name): OfferedName => ({ kind: 'offered', value: name, name })),
  ]
  if (names.some(({ value }) => value === chosen)) return names
  const kind = usual === '' ? 'stored' : chosen === usual ? 'offered' : 'unknown'
  return [...names, { kind, value: chosen, name: chosen }]
}
