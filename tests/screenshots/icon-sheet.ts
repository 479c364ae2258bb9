import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { type Page } from 'playwright-core'
import { iconChoice } from '../../extension/background/icon-choice.ts'
import { type drawIcon as DrawIcon } from '../../extension/background/icon-drawing.ts'
import { SHOWN_STATES } from '../support/shown-states.ts'

const ROOT = join(import.meta.dirname, '../..')
/** A host that does not exist: the page's modules are answered from the source tree. */
const ORIGIN = 'http://icons.invalid'
/** Each icon is shown this many times its size, so that single pixels can be seen. */
const ENLARGED = 3

/** Draws the toolbar icon of every state with the extension's own code, on light and dark toolbars. */
export async function drawIconSheet(page: Page, path: string): Promise<void> {
  await page.route(`${ORIGIN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: '<!doctype html><body></body>' })
    const source = await readFile(join(ROOT, pathname), 'utf8')
    return route.fulfill({ contentType: 'text/javascript', body: runnable(source) })
  })
  await page.goto(`${ORIGIN}/`)
  await page.setViewportSize({ width: 720, height: 320 })
  const states = Object.entries(SHOWN_STATES).map(([name, { status, muted, sharing }]) => ({
    name,
    choice: iconChoice({ name: status.name, muted, sharing: sharing.source !== undefined, waitsForHold: false }),
  }))
  await page.evaluate(
    async ({ states, enlarged }) => {
      const { drawIcon } = (await import(new URL('/extension/background/icon-drawing.ts', location.href).href)) as {
        drawIcon: typeof DrawIcon
      }
      document.body.style.margin = '0'
      for (const background of ['#f1f3f4', '#202124']) {
        const row = document.createElement('div')
        row.style.cssText = `display: grid; grid-template-columns: repeat(9, 80px); height: 160px; background: ${background}`
        for (const { name, choice } of states) {
          const cell = document.createElement('div')
          cell.style.cssText = `display: grid; place-items: center; font: 12px system-ui; color: ${background === '#202124' ? '#fff' : '#000'}`
          const icon = drawIcon(choice)[16]
          const canvas = document.createElement('canvas')
          canvas.width = canvas.height = 16
          canvas.style.cssText = `width: ${16 * enlarged}px; image-rendering: pixelated`
          if (icon !== undefined) canvas.getContext('2d')?.putImageData(icon, 0, 0)
          cell.append(canvas, `${name} ${choice.badge}`)
          row.append(cell)
        }
        document.body.append(row)
      }
    },
    { states, enlarged: ENLARGED },
  )
  await page.screenshot({ path })
  await page.close()
}

/** What is left of an import of types would still load its module, and with it the whole extension. */
function runnable(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(/^import \{\s*\} from .*$/gm, '')
}
