import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StoreError } from '../../relay/store/key-value.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { type Store } from '../../relay/store/store.ts'
import { quiet } from '../support/open-stores.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'aside-sqlite-'))
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

async function open(path: string): Promise<Store> {
  const store = await openStore(`sqlite:${path}`, { logger: quiet })
  onTestFinished(() => store.close())
  return store
}

const at = '2026-11-22T12:00:00.000Z'

async function talk({ journal }: Store, count: number, text = 'Hello.') {
  const [id, owner] = [randomUUID(), randomUUID()]
  await journal.create({ id, owner, holder: 'here', leaseMs: 60_000, state: null })
  for (let seq = 1; seq <= count; seq++) await journal.append(id, 1, { seq, turn: seq, role: 'user', text, at })
  return { id, owner }
}

describe('the file', () => {
  it('is made with its folders, for this user alone', async () => {
    const path = join(folder(), 'deep', 'er', 'relay.sqlite')
    await talk(await open(path), 1)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, '..', '..')).mode & 0o777).toBe(0o700)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('has everything after a restart', async () => {
    const path = join(folder(), 'relay.sqlite')
    const first = await openStore(`sqlite:${path}`, { logger: quiet })
    const { id, owner } = await talk(first, 3)
    await first.keyValue.set('key', { a: 1 })
    await first.journal.takeOnce('ticket', 60_000)
    await first.close()
    await first.close()
    const second = await open(path)
    expect(await second.journal.look(id, owner)).toMatchObject({ seq: 3, fence: 1, holder: 'here' })
    expect(await second.journal.latest(id, 9)).toHaveLength(3)
    expect(await second.keyValue.get('key')).toEqual({ a: 1 })
    expect(await second.journal.takeOnce('ticket', 60_000)).toBe(false)
  })

  it('has everything that was confirmed after a process died in the middle', async () => {
    const path = join(folder(), 'relay.sqlite')
    const script = `
      import { openStore } from './relay/store/open-store.ts'
      const store = await openStore('sqlite:' + process.argv[1], { logger: { error() {} } })
      await store.journal.create({ id: 'id', owner: 'owner', holder: 'here', leaseMs: 60000, state: null })
      for (let seq = 1; ; seq++) {
        await store.journal.append('id', 1, { seq, turn: seq, role: 'user', text: 'Hello.', at: '${at}' })
        process.stdout.write(seq + '\\n')
        if (seq === 200) process.kill(process.pid, 'SIGKILL')
      }`
    let told = ''
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', script, path], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch (error) {
      told = String((error as { readonly stdout: Buffer }).stdout)
    }
    const confirmed = told.trim().split('\n').length
    expect(confirmed).toBeGreaterThan(50)
    const store = await open(path)
    expect((await store.journal.look('id', 'owner'))?.seq).toBeGreaterThanOrEqual(confirmed)
  })

  it.each([
    ['a folder', (path: string) => mkdirSync(path), /ASIDE_STORE/],
    [
      'no database',
      (path: string) => writeFileSync(path, 'something else, long enough to be looked at'),
      /not a database/,
    ],
    ['in a place that is a file', (path: string) => writeFileSync(join(path, '..', 'file'), ''), /ASIDE_STORE/],
    [
      "another program's database",
      (path: string) => {
        const database = new DatabaseSync(path)
        database.exec('CREATE TABLE theirs (x)')
        database.close()
      },
      /another program/,
    ],
    [
      'of a newer version',
      (path: string) => {
        const database = new DatabaseSync(path)
        database.exec(`CREATE TABLE records (x); PRAGMA application_id = 1098082660; PRAGMA user_version = 99`)
        database.close()
      },
      /newer version/,
    ],
  ])('is refused with what to do when it is %s', async (what, prepare, message) => {
    const root = folder()
    const path = join(root, 'relay.sqlite')
    prepare(path)
    const url = `sqlite:${what === 'in a place that is a file' ? join(root, 'file', 'relay.sqlite') : path}`
    const failure = openStore(url, { logger: quiet })
    await expect(failure).rejects.toThrow(StoreError)
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toThrow(/Make its folder writable, or name another file/)
  })

  it('that somebody else locks takes nothing, says so, and goes on', async () => {
    const path = join(folder(), 'relay.sqlite')
    const store = await open(path)
    const { id, owner } = await talk(store, 1)
    const other = new DatabaseSync(path)
    onTestFinished(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    const entry = { seq: 2, turn: 1, role: 'user', text: 'two', at } as const
    await expect(store.journal.append(id, 1, entry, 'state')).rejects.toThrow(StoreError)
    await expect(store.keyValue.set('key', 1)).rejects.toThrow(StoreError)
    expect(await store.isHealthy()).toBe(false)
    expect(await store.journal.look(id, owner)).toMatchObject({ seq: 1, state: null })
    other.exec('COMMIT')
    expect(await store.journal.append(id, 1, entry, 'state')).toBe('appended')
    expect(await store.isHealthy()).toBe(true)
  })

  it.skipIf(!canMount())('on a full disk takes nothing half, says so, and goes on once there is room', async () => {
    const root = folder()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root])
    onTestFinished(() => {
      execFileSync('umount', ['-l', root])
    })
    const store = await open(join(root, 'relay.sqlite'))
    const { id, owner } = await talk(store, 2)
    const ballast = join(root, 'ballast')
    writeFileSync(ballast, Buffer.alloc(300_000))
    const append = (seq: number) =>
      store.journal.append(id, 1, { seq, turn: 1, role: 'user', text: 'x'.repeat(50_000), at }, `state ${seq}`)
    let seq = 2
    const failed = (async () => {
      for (;;) {
        await append(seq + 1)
        seq += 1
      }
    })()
    await expect(failed).rejects.toThrow(StoreError)
    const before = { seq, state: seq === 2 ? null : `state ${seq}` }
    expect(await store.journal.look(id, owner)).toMatchObject(before)
    expect(await store.journal.entriesAfter(id, 0, 1000)).toHaveLength(seq)
    rmSync(ballast)
    expect(await append(seq + 1)).toBe('appended')
    expect(await store.journal.look(id, owner)).toMatchObject({ seq: seq + 1, state: `state ${seq + 1}` })
  })
})

/** Whether this machine lets us make a small file system: as root, outside of most containers. */
function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'aside-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    execFileSync('umount', ['-l', path])
    return true
  } catch {
    return false
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
