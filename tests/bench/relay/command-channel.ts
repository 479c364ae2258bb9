import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { type ProcessUsage, type UsageCommands } from './commands.ts'

type Commands = Readonly<Record<string, ((argument: never) => unknown) | undefined>>
type ArgumentOf<Command> = Command extends (argument: infer Argument) => unknown ? Argument : never
type ResultOf<Command> = Command extends (argument: never) => infer Result ? Awaited<Result> : never

interface Question {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** Answers the parent's questions for as long as the parent lives. */
export function serveCommands<Served extends UsageCommands>(commands: Omit<Served, 'usage'>): void {
  const served = { ...commands, usage } as Commands
  process.on('message', (question: Question) => {
    void answer(served, question).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit())
}

function usage(): ProcessUsage {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() }
}

async function answer(commands: Commands, { id, name, argument }: Question): Promise<Answer> {
  try {
    const command = commands[name]
    if (command === undefined) throw new Error(`no command ${name}`)
    return { id, value: await command(argument as never) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

/** Lines of a process's output that are kept for the message when it fails. */
const KEPT_LINES = 20

/** A process of the bench. */
export class BenchProcess<Served extends UsageCommands> {
  readonly #child: ChildProcess
  readonly #name: string
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #lines: string[] = []
  readonly #readers = new Set<(line: string) => void>()
  /** Resolves with its exit code when the process has ended; null after a signal. */
  readonly ended: Promise<number | null>
  #nextId = 0

  /**
   * @param argv what Node runs, with its arguments; Node is this process's own, so it loads uWebSockets.js where this one does
   */
  constructor(argv: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {}) {
    this.#name = argv.map((word) => basename(word)).join(' ')
    this.#child = spawn(process.execPath, argv, { ...options, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.ended = once(this.#child, 'exit').then(([code]) => code as number | null)
    // Read to the end, or a talkative process would stop at a full pipe.
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null) createInterface(stream).on('line', (line) => this.#keep(line))
    this.#child.on('message', (reply: Answer) => {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    })
    this.#child.on('exit', (code, signal) => {
      const error = `${this.#name} ended (${signal ?? code ?? 'unknown'})\n${this.#lines.join('\n')}`
      for (const [id, settle] of this.#waiting) settle({ id, error })
      this.#waiting.clear()
    })
  }

  /** Asks and waits; rejects with the other side's error or when the process ends. */
  call<Name extends keyof Served & string>(
    name: Name,
    argument: ArgumentOf<Served[Name]>,
  ): Promise<ResultOf<Served[Name]>> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => {
        if ('error' in reply) reject(new Error(`${name}: ${reply.error}`))
        else resolve(reply.value as ResultOf<Served[Name]>)
      })
      this.#child.send({ id, name, argument } satisfies Question, (error) => {
        if (error !== null) this.#waiting.get(id)?.({ id, error: error.message })
      })
    })
  }

  /** Waits for a line of its output; rejects when the process ends first. */
  line(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const read = (line: string) => {
        const match = pattern.exec(line)
        if (match === null) return
        this.#readers.delete(read)
        resolve(match)
      }
      this.#readers.add(read)
      for (const line of this.#lines) read(line)
      this.#child.once('exit', () => reject(new Error(`${this.#name} ended\n${this.#lines.join('\n')}`)))
    })
  }

  /** Ends the process by force, at once. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Asks the process to end and waits until it has, by force after 5 s. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await this.ended
    clearTimeout(force)
  }

  #keep(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > KEPT_LINES) this.#lines.shift()
    for (const read of [...this.#readers]) read(line)
  }
}
