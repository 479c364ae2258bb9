import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Copies a built extension and puts the words of `locale` in the place of the English ones: Debian's Chromium speaks
 * English only, and Chromium shows what its own language has.
 */
export async function translateExtension(
  folder: string,
  locale: string,
): Promise<{ readonly path: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `aside-${locale}-`))
  await cp(folder, path, { recursive: true })
  await cp(join(path, '_locales', locale), join(path, '_locales', 'en'), { recursive: true })
  return { path, dispose: () => rm(path, { recursive: true, force: true }) }
}
