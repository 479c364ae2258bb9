import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './transport-server.ts'

/** A redis-server of Debian's on a free port of loopback, which keeps nothing on disk. */
export interface RedisServer {
  readonly port: number
  /** `redis://127.0.0.1:PORT` */
  readonly url: string
  /** It accepts connections and answers nobody: SIGSTOP. */
  pause(): void
  resume(): void
  /** Kills it, if it runs, and starts an empty one on the same port. */
  restart(): Promise<void>
  /** Kills it; connections to its port are refused from then on. */
  kill(): Promise<void>
  /** Kills it and removes its folder. */
  stop(): Promise<void>
}

/** @param args further settings, such as `['--requirepass', 'secret']` */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'aside-redis-'))
  let child = await spawnRedis(port, folder, args)

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      await kill()
      child = await spawnRedis(port, folder, args)
    },
    kill,
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function spawnRedis(port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', [...settings, ...args], { stdio: 'ignore' })
  const exit = once(child, 'exit').then(() => {
    throw new Error('redis-server ended at its start: is it installed (apt install redis-server)?')
  })
  exit.catch(() => undefined)
  await Promise.race([untilListening(port), exit])
  return child
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await wait(20)
    } finally {
      socket.destroy()
    }
  }
}
