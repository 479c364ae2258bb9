/**
 * Makes the recordings of tests/fixtures that Flite speaks, from the words in `expected.json`:
 * `npx node scripts/make-fixtures.ts` (all) or `… NAME …`.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Flite } from '../relay/local-live/speak/flite.ts'
import { MICROPHONE_RATE_HZ } from '../shared/audio/audio-format.ts'
import { floatToPcm16 } from '../shared/audio/pcm16.ts'
import { encodeWav } from '../shared/audio/wav.ts'

const FOLDER = join(import.meta.dirname, '../tests/fixtures')

/** Larger files do not belong into a repository, bytes. */
const MAX_FILE_BYTES = 200_000

const expected = JSON.parse(await readFile(join(FOLDER, 'expected.json'), 'utf8')) as Record<
  string,
  { readonly voice: 'flite' | 'human'; readonly text: string }
>
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => expected[name]?.voice !== 'flite')
if (unknown.length > 0) {
  console.error(`expected.json has no words for Flite under ${unknown.join(', ')}.`)
  process.exit(2)
}
const flite = await Flite.load()
for (const [name, { voice, text }] of Object.entries(expected)) {
  if (voice !== 'flite' || (wanted.length > 0 && !wanted.includes(name))) continue
  const file = encodeWav(floatToPcm16(flite.speak(text)), MICROPHONE_RATE_HZ)
  if (file.byteLength > MAX_FILE_BYTES) throw new Error(`${name}: ${file.byteLength} bytes; use fewer words`)
  await writeFile(join(FOLDER, `${name}.wav`), file)
  console.log(`${name}.wav ${file.byteLength} bytes`)
}
