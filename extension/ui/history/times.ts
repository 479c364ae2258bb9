import { i18n } from '#i18n'

/** In the language that the page is in, by the clock of this computer. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(i18n.t('extension.language'), options)
}

/** @param time ISO 8601, or ms since 1970 */
export function dateAndTime(time: string | number): string {
  return format({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time))
}

export function dayName(atMs: number): string {
  return format({ dateStyle: 'full' }).format(new Date(atMs))
}

export function clockTime(time: string | number): string {
  return format({ timeStyle: 'medium' }).format(new Date(time))
}

/** Minutes and seconds, or seconds with a digit below ten. @param ms how long */
export function duration(ms: number): string {
  const language = i18n.t('extension.language')
  const unit = (value: number, name: 'minute' | 'second') =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: ms < 10_000 ? 1 : 0,
    }).format(value)
  if (ms < 60_000) return unit(ms / 1000, 'second')
  const seconds = Math.round(ms / 1000)
  return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(seconds % 60, 'second')}`
}

export function amount(value: number): string {
  return new Intl.NumberFormat(i18n.t('extension.language')).format(value)
}
