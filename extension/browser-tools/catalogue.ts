import { type BrowserTool } from './browser-tool.ts'
import { readPage } from './read-page.ts'

/** Every tool that runs in the browser. */
export const BROWSER_TOOLS: readonly BrowserTool[] = [readPage]
