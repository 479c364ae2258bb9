/** What one model may have in its setup; by public documents and reports of autumn 2026 (docs/adr/0005-local-speech.md). */
export interface ModelRules {
  /** How function calls of a declaration without `behavior` run. */
  readonly defaultBehaviour: 'BLOCKING' | 'NON_BLOCKING'
  /** `only`: other behaviours are refused · `always`: they are accepted, but treated as the default · `any`. */
  readonly behaviour: 'only' | 'always' | 'any'
  readonly thinking: 'any' | 'refused' | 'required'
  /** Affective dialogue and proactivity: in API version v1alpha, never, or always on (and not to be switched off). */
  readonly affective: 'v1alpha' | 'never'
  readonly proactivity: 'v1alpha' | 'never' | 'always'
  readonly mediaChunks: boolean
  readonly historySeed: boolean
  /** Every content in `clientContent` must say whose it is. */
  readonly explicitRoles: boolean
  readonly interactionStatus: boolean
}

const LIVE_3_8: ModelRules = {
  defaultBehaviour: 'NON_BLOCKING',
  behaviour: 'any',
  thinking: 'refused',
  affective: 'never',
  proactivity: 'always',
  mediaChunks: false,
  historySeed: true,
  explicitRoles: false,
  interactionStatus: false,
}

const LIVE_2_5: ModelRules = {
  defaultBehaviour: 'BLOCKING',
  behaviour: 'any',
  thinking: 'any',
  affective: 'v1alpha',
  proactivity: 'v1alpha',
  mediaChunks: true,
  historySeed: false,
  explicitRoles: false,
  interactionStatus: false,
}

const MODELS: ReadonlyMap<string, ModelRules> = new Map([
  ['gemini-3.8-live', LIVE_3_8],
  // By its own name.
  ['local', LIVE_3_8],
  [
    'gemini-3.8-live-extended-thinking',
    { ...LIVE_3_8, behaviour: 'only', thinking: 'required', interactionStatus: true },
  ],
  [
    'gemini-3.1-flash-live-preview',
    {
      ...LIVE_3_8,
      defaultBehaviour: 'BLOCKING',
      behaviour: 'always',
      thinking: 'any',
      proactivity: 'never',
      explicitRoles: true,
    },
  ],
  ['gemini-2.5-flash-native-audio-preview-12-2025', LIVE_2_5],
  ['gemini-2.5-flash-native-audio-latest', LIVE_2_5],
  ['gemini-live-2.5-flash-native-audio', LIVE_2_5],
])

/** @param name `models/X`, `X`, or Vertex' `projects/…/publishers/google/models/X` */
export function findModel(name: string): ModelRules | undefined {
  return MODELS.get(name.slice(name.lastIndexOf('/') + 1))
}

/** The prebuilt voices of the Live API; their names are case-sensitive. Here all of them sound the same. */
export const VOICES: ReadonlySet<string> = new Set(
  (
    'Zephyr Puck Charon Kore Fenrir Leda Orus Aoede Callirrhoe Autonoe Enceladus Iapetus Umbriel Algieba Despina ' +
    'Erinome Algenib Rasalgethi Laomedeia Achernar Alnilam Schedar Gacrux Pulcherrima Achird Zubenelgenubi ' +
    'Vindemiatrix Sadachbia Sadaltager Sulafat'
  ).split(' '),
)
