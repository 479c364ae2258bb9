import { type Component } from 'vue'
import ConnectionSection from './ConnectionSection.vue'
import HearingSection from './HearingSection.vue'
import PrivacySection from './PrivacySection.vue'
import VoiceSection from './VoiceSection.vue'

/** The sections of the options page, in order. `id` is the section's anchor: notices link to it. */
export const OPTION_SECTIONS = [
  { id: 'connection', title: 'options.connection.title', content: ConnectionSection },
  { id: 'voice', title: 'options.voice.title', content: VoiceSection },
  { id: 'hearing', title: 'options.hearing.title', content: HearingSection },
  { id: 'privacy', title: 'options.privacy.title', content: PrivacySection },
] as const satisfies readonly { readonly id: string; readonly title: string; readonly content: Component }[]
