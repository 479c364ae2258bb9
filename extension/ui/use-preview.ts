import { onScopeDispose, type ShallowRef, shallowReadonly, shallowRef } from 'vue'
import { type SightSource } from '../messaging/voice-settings.ts'

/** A picture that was sent. */
export interface SentPreview {
  readonly source: SightSource
  /** Address of the JPEG, byte for byte as it left. */
  readonly url: string
}

export interface Preview {
  /** The newest. */
  readonly picture: Readonly<ShallowRef<SentPreview | undefined>>
  show(sent: { readonly source: SightSource; readonly jpeg: ArrayBuffer }): void
  clear(): void
}

/** The newest of a row of pictures, as something an `<img>` can show; older ones are let go. */
export function usePreview(): Preview {
  const picture = shallowRef<SentPreview>()
  const replace = (next: SentPreview | undefined) => {
    if (picture.value !== undefined) URL.revokeObjectURL(picture.value.url)
    picture.value = next
  }
  onScopeDispose(() => replace(undefined))
  return {
    picture: shallowReadonly(picture),
    show: ({ source, jpeg }) => replace({ source, url: URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' })) }),
    clear: () => replace(undefined),
  }
}
