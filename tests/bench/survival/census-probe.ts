import { serveCommands } from '../relay/command-channel.ts'
import { type CensusCommands } from './census.ts'

// Preloaded into the relay (`--import`, with `--expose-gc`): only it can collect its own garbage and count what it holds.
serveCommands<CensusCommands>({
  census: () => {
    globalThis.gc?.()
    const resources: Record<string, number> = {}
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
    const { rss, heapUsed } = process.memoryUsage()
    return { rssBytes: rss, heapBytes: heapUsed, resources }
  },
})
process.channel?.unref()
