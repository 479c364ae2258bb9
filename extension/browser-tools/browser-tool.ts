import { type ToolDeclaration } from '../../shared/protocol/tool-declaration.ts'
import { type Answer } from '../messaging/messages.ts'
import { type PageText } from '../page/page-findings.ts'

/** What browser tools may do with the tab in front; a failure is a sentence that the model can pass on. */
export interface FrontPage {
  readText(): Promise<Answer<PageText>>
}

/** A tool that runs in the browser: what the model is told about it, and what it does. */
export interface BrowserTool {
  readonly declaration: ToolDeclaration
  run(args: Readonly<Record<string, unknown>>, page: FrontPage): Promise<Answer<Record<string, unknown>>>
}
