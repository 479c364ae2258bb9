import { type SharingState, type VoiceProblem, type VoiceState, type VoiceStatus } from '../messaging/voice-state.ts'

/** A sentence about trouble and the one button that mends it; `sentence` and `button` are keys of `locales/`. */
export type ProblemNotice =
  (typeof VOICE_NOTICES)[VoiceProblem] | (typeof SHARING_NOTICES)[SharingProblem] | PanelNotice

type SharingProblem = NonNullable<SharingState['problem']>
type PanelNotice = (typeof PANEL_NOTICES)[keyof typeof PANEL_NOTICES]

/** What a notice's button does. */
export type Remedy = ProblemNotice['remedy']

const VOICE_NOTICES = {
  'microphone-not-granted': {
    sentence: 'problem.microphoneNotGranted',
    button: 'remedy.allowMicrophone',
    remedy: 'open-microphone-step',
  },
  'microphone-denied': {
    sentence: 'problem.microphoneDenied',
    button: 'remedy.unblockMicrophone',
    remedy: 'open-microphone-step',
  },
  'microphone-blocked': {
    sentence: 'problem.microphoneBlocked',
    button: 'remedy.unblockMicrophone',
    remedy: 'open-microphone-step',
  },
  'microphone-missing': { sentence: 'problem.microphoneMissing', button: 'remedy.tryAgain', remedy: 'start-again' },
  'microphone-lost': { sentence: 'problem.microphoneLost', button: 'remedy.tryAgain', remedy: 'start-again' },
  'relay-unreachable': {
    sentence: 'problem.relayUnreachable',
    button: 'remedy.checkConnection',
    remedy: 'open-connection',
  },
  'relay-refused': { sentence: 'problem.relayRefused', button: 'remedy.checkConnection', remedy: 'open-connection' },
  'brain-unavailable': { sentence: 'problem.brainUnavailable', button: 'remedy.tryAgain', remedy: 'start-again' },
  superseded: { sentence: 'problem.superseded', button: 'remedy.takeBack', remedy: 'start-again' },
  internal: { sentence: 'problem.internal', button: 'remedy.tryAgain', remedy: 'start-again' },
} as const satisfies Record<VoiceProblem, unknown>

const SHARING_NOTICES = {
  'permission-needed': { sentence: 'sharing.permissionNeeded', button: 'remedy.allowTabs', remedy: 'allow-tabs' },
  'page-not-capturable': { sentence: 'sharing.pageNotCapturable', button: 'remedy.tryAgain', remedy: 'share-again' },
  'capture-failed': { sentence: 'sharing.captureFailed', button: 'remedy.tryAgain', remedy: 'share-again' },
  'site-changed': { sentence: 'sharing.siteChanged', button: 'remedy.showAgain', remedy: 'share-again' },
  'site-excluded': { sentence: 'sharing.siteExcluded', button: 'remedy.changeExcluded', remedy: 'open-sight' },
  'camera-denied': { sentence: 'sharing.cameraDenied', button: 'remedy.allowCamera', remedy: 'open-camera-step' },
  'camera-missing': { sentence: 'sharing.cameraMissing', button: 'remedy.tryAgain', remedy: 'share-again' },
  'screen-ended': { sentence: 'sharing.screenEnded', button: 'remedy.tryAgain', remedy: 'share-again' },
} as const satisfies Record<SharingProblem, unknown>

const PANEL_NOTICES = {
  commandLost: { sentence: 'problem.commandLost', button: 'remedy.tryAgain', remedy: 'repeat-command' },
  elsewhere: { sentence: 'problem.elsewhere', button: 'remedy.takeBack', remedy: 'take-back' },
  soundBlocked: { sentence: 'problem.soundBlocked', button: 'remedy.allowSound', remedy: 'allow-sound' },
} as const

/** The one notice to show: first what keeps this panel from working at all, last what only the eye misses. */
export function problemNotice(
  state: VoiceState,
  panel: { readonly commandLost: boolean; readonly elsewhere: boolean; readonly soundBlocked: boolean },
): ProblemNotice | undefined {
  if (panel.commandLost) return PANEL_NOTICES.commandLost
  if (state.status.name === 'error') return VOICE_NOTICES[state.status.problem]
  if (panel.elsewhere && state.status.name !== 'idle') return PANEL_NOTICES.elsewhere
  if (panel.soundBlocked) return PANEL_NOTICES.soundBlocked
  return state.sharing.problem === undefined ? undefined : SHARING_NOTICES[state.sharing.problem]
}

/**
 * What the machine said about a problem, where it helps a person: the relay speaks in sentences, browsers mumble about
 * microphones.
 */
export function problemDetail(status: VoiceStatus): string | undefined {
  if (status.name !== 'error' || status.problem.startsWith('microphone') || status.problem === 'superseded')
    return undefined
  return status.detail === '' ? undefined : status.detail
}
