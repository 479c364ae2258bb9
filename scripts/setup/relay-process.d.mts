import { type ChildProcess } from 'node:child_process'

export interface RelayProcess {
  readonly child: {
    readonly process: ChildProcess
    /** Exit code; 128 + n after signal n. */
    readonly exited: Promise<number>
    stop(): Promise<void>
  }
  /** Address once it accepts sockets; undefined when it ended before. */
  readonly ready: Promise<string | undefined>
}

export function startRelay(options: {
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (line: string) => void
  readonly say: (line: string) => void
  readonly stderr?: 'inherit' | 'ignore' | 'pipe'
}): Promise<RelayProcess>
