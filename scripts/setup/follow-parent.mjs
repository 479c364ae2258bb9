// Loaded with `--import` into a server that a script starts over an IPC channel: when the script is gone, even by
// SIGKILL, the server stops as if asked to. Nobody has to find an orphan on a taken port.
if (process.channel !== undefined) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}
