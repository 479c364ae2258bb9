import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { ROOT } from './root.mjs'

const PAGE = join(ROOT, 'tests', 'fixtures', 'pages', 'beavers.html')

/**
 * Serves an article to talk about on a free loopback port: it works without a network, and an extension may read it,
 * which it may not with a `file:` page.
 *
 * @returns {Promise<{url: string, close: () => void}>}
 */
export async function serveExamplePage() {
  const page = await readFile(PAGE)
  const server = createServer((request, response) => {
    const found = request.url === '/'
    response.writeHead(found ? 200 : 404, { 'content-type': found ? 'text/html; charset=utf-8' : 'text/plain' })
    response.end(found ? page : 'not found')
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}/`, close }
}
