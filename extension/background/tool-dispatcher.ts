import { BROWSER_TOOLS } from '../browser-tools/catalogue.ts'
import { type FrontPage } from '../browser-tools/browser-tool.ts'
import { type Answer } from '../messaging/messages.ts'

/** Runs one browser tool by its name. What goes wrong is an answer for the model. */
export async function runTool(
  call: { readonly name: string; readonly args: Readonly<Record<string, unknown>> },
  page: FrontPage,
): Promise<Answer<Record<string, unknown>>> {
  const tool = BROWSER_TOOLS.find(({ declaration }) => declaration.name === call.name)
  if (tool === undefined) {
    return { ok: false, code: 'unknown_tool', message: `This browser has no tool called ${call.name}.` }
  }
  return tool.run(call.args, page)
}
