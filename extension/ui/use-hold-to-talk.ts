import { readonly, ref, type Ref } from 'vue'
import { useLifetime } from './use-lifetime.ts'
import { type VoiceCommands } from './use-voice-commands.ts'
import { type VoiceView } from './voice-view.ts'

/** A press that ends sooner was no talking, ms. */
const TAP_MS = 250

export interface HoldToTalk {
  /** Held down in this panel. */
  readonly held: Readonly<Ref<boolean>>
  /** The talk button is pressed with a finger or a mouse; from rest this starts the conversation. */
  press(): void
  /** It is let go; a press too short to be talking ends the conversation, unless it has just started it. */
  release(): void
}

export interface HoldToTalkOptions {
  readonly view: Readonly<Ref<VoiceView>>
  readonly commands: Pick<VoiceCommands, 'hold' | 'toggle'>
  /** How it is listened to, in this conversation or the next. */
  readonly mode: Readonly<Ref<'open' | 'hold'>>
  readonly muted: () => boolean
}

/**
 * The talk button and Space held down. Space also works with an open line, for who is muted: they are heard while they hold
 * it. Whatever keeps the panel from seeing the key come up lets go.
 */
export function useHoldToTalk({ view, commands, mode, muted }: HoldToTalkOptions): HoldToTalk {
  const held = ref(false)
  const signal = useLifetime()
  let press: { readonly atMs: number; readonly starts: boolean } | undefined

  const isStillHeld = () => held.value
  const begin = async () => {
    if (held.value) return
    held.value = true
    const starts = !view.value.inConversation
    press = { atMs: performance.now(), starts }
    if (starts) await commands.toggle()
    if (isStillHeld()) await commands.hold(true)
  }
  const letGo = () => {
    if (!held.value) return
    held.value = false
    void commands.hold(false)
  }
  const isForSpace = ({ code, target }: KeyboardEvent) => {
    if (code !== 'Space' || !(target instanceof Element)) return false
    const isTalkButton = target.closest('[data-talk]') !== null
    if (mode.value === 'hold') return isTalkButton || !isOccupied(target)
    return muted() && view.value.inConversation && !isOccupied(target)
  }

  const onKey = (event: KeyboardEvent) => {
    if (event.type === 'keyup' && event.code === 'Space' && held.value) {
      event.preventDefault()
      letGo()
    } else if (event.type === 'keydown' && (held.value || isForSpace(event)) && event.code === 'Space') {
      // Neither scrolls nor presses the button; repeated by the system while it is down.
      event.preventDefault()
      if (!event.repeat) void begin()
    }
  }
  addEventListener('keydown', onKey, { signal })
  addEventListener('keyup', onKey, { signal })
  addEventListener('blur', letGo, { signal })
  addEventListener('pagehide', letGo, { signal })
  document.addEventListener('visibilitychange', () => document.hidden && letGo(), { signal })

  return {
    held: readonly(held),
    press: () => void begin(),
    release() {
      const isTap = press !== undefined && !press.starts && performance.now() - press.atMs < TAP_MS
      const wasHeld = held.value
      letGo()
      if (wasHeld && isTap) void commands.toggle()
    },
  }
}

/** Space belongs to what is focused: a field, a button, a link, a disclosure. */
function isOccupied(target: Element): boolean {
  const occupied = 'input, textarea, select, button, a[href], summary, [role="button"], [contenteditable], [popover]'
  return target.closest(occupied) !== null
}
