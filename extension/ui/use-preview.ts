import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export interface Preview {
  /** Address of the newest picture. */
  readonly url: Readonly<Ref<string | undefined>>
  show(jpeg: ArrayBuffer): void
  clear(): void
}

/** The newest of a row of pictures, as something an `<img>` can show; older ones are let go. */
export function usePreview(): Preview {
  const url = ref<string>()
  const replace = (next: string | undefined) => {
    if (url.value !== undefined) URL.revokeObjectURL(url.value)
    url.value = next
  }
  onScopeDispose(() => replace(undefined))
  return {
    url: readonly(url),
    show: (jpeg) => replace(URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' }))),
    clear: () => replace(undefined),
  }
}
