'use strict'
// Loaded by the wrapper of uws-host.mjs. The kernel knows this process as the loader that started it, so Node would start
// children (fork, test runners, --watch) with the loader alone: name the wrapper instead.
const wrapper = process.env.ASIDE_NODE_WRAPPER
if (wrapper !== undefined) {
  process.execPath = wrapper
  process.argv[0] = wrapper
  // The wrapper brings this file itself: what a child inherits need not name it again.
  const own = process.execArgv.indexOf(__filename)
  if (own > 0) process.execArgv.splice(own - 1, 2)
}
