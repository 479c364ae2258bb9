import { type Component } from 'vue'
import AdvancedSection from './AdvancedSection.vue'
import ConnectionSection from './ConnectionSection.vue'
import HearingSection from './HearingSection.vue'
import PrivacySection from './PrivacySection.vue'
import ShortcutsSection from './ShortcutsSection.vue'
import SightSection from './SightSection.vue'
import ToolsSection from './ToolsSection.vue'
import VoiceSection from './VoiceSection.vue'

/** The sections of the options page, in order. `id` is the section's anchor: notices link to it. */
export const OPTION_SECTIONS = [
  { id: 'connection', title: 'options.connection.title', content: ConnectionSection },
  { id: 'voice', title: 'options.voice.title', content: VoiceSection },
  { id: 'hearing', title: 'options.hearing.title', content: HearingSection },
  { id: 'sight', title: 'options.sight.title', content: SightSection },
  { id: 'tools', title: 'options.tools.title', content: ToolsSection },
  { id: 'privacy', title: 'options.privacy.title', content: PrivacySection },
  { id: 'shortcuts', title: 'options.shortcuts.title', content: ShortcutsSection },
  { id: 'advanced', title: 'options.advanced.title', content: AdvancedSection },
] as const satisfies readonly { readonly id: string; readonly title: string; readonly content: Component }[]
