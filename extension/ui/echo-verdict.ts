/** How much of the speaker the microphone gives away, after the sound treatment the person chose. */
export type EchoVerdict = 'none' | 'some' | 'strong'

/** Above the room's own noise by this much, a note is certainly ours, dB. */
const HEARD_DB = 12
/** Quieter than this it could not be taken for a voice, dB below full scale. */
const WEAK_DB = -60
/** Louder than this it would be heard as words, dB below full scale. */
const STRONG_DB = -40

/**
 * Judges by what the microphone heard at the notes' frequencies.
 *
 * @param before level at each note while nothing was played, dBFS
 * @param during highest level at each note while they were played, dBFS
 */
export function echoVerdict(before: readonly number[], during: readonly number[]): EchoVerdict {
  const heard = during.filter((level, note) => level > WEAK_DB && level - (before[note] ?? -Infinity) >= HEARD_DB)
  if (heard.length === 0) return 'none'
  return Math.max(...heard) >= STRONG_DB ? 'strong' : 'some'
}
