import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../logger.ts'
import { StoreError, type KeyValue } from '../store/key-value.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createDevices, type Device } from './devices.ts'
import { createRefreshTokens, type RefreshTokens, type Rotation } from './refresh-token.ts'
import { createRevocation } from './revocation.ts'

/** Thousands of runs on a machine that does other things too, ms. */
vi.setConfig({ testTimeout: 60_000 })

const ME = { id: 'code:ada', name: 'Ada' }
const GRACE_MS = 60_000

/** A store that fails when it is told to: before it has written, or after, when nobody learns that it has. */
class FailingKeyValue implements KeyValue {
  readonly #inner: KeyValue
  readonly keys = new Set<string>()
  #writesUntilFault = Infinity
  #isWritten = false

  constructor(inner: KeyValue) {
    this.#inner = inner
  }

  /** @param write 1 is the next one @param isWritten whether that one is done all the same */
  failAt(write: number, isWritten: boolean): void {
    this.#writesUntilFault = write
    this.#isWritten = isWritten
  }

  heal(): void {
    this.#writesUntilFault = Infinity
  }

  get(key: string) {
    return this.#inner.get(key)
  }

  async set(...args: Parameters<KeyValue['set']>) {
    await this.#guard(() => this.#inner.set(...args))
    this.keys.add(args[0])
  }

  async delete(key: string) {
    return this.#guard(() => this.#inner.delete(key))
  }

  async #guard<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#writesUntilFault--
    if (this.#writesUntilFault > 0) return write()
    if (this.#writesUntilFault === 0 && this.#isWritten) await write()
    throw new StoreError('the process died here')
  }
}

async function stage() {
  const { keyValue: inner, bus } = createMemoryStore({ logger: createLogger('silent', { write: () => undefined }) })
  const keyValue = new FailingKeyValue(inner)
  const revocation = createRevocation({ keyValue, bus }, (error) => {
    throw error
  })
  const revoked: string[] = []
  revocation.onRevoked((deviceId) => revoked.push(deviceId))
  const devices = createDevices(keyValue, revocation)
  const clock = { nowMs: 1_000_000 }
  const tokens = createRefreshTokens(keyValue, devices, () => clock.nowMs)
  const device = await devices.add(ME, 'Laptop')
  const first = await tokens.issue(device)
  return { keyValue, devices, revoked, clock, tokens, device, first }
}

async function successor(tokens: RefreshTokens, token: string): Promise<string> {
  const rotation = await tokens.rotate(token)
  if (!rotation.ok) throw new Error(rotation.fault)
  return rotation.refreshToken
}

describe('refresh tokens', () => {
  it('are 256 bits of which the store knows no one', async () => {
    const { first, tokens, device, keyValue } = await stage()
    expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const second = await successor(tokens, first)
    expect(second).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await tokens.issue(device)).not.toBe(first)
    const records = await Promise.all([...keyValue.keys].map(async (key) => [key, await keyValue.get(key)]))
    for (const token of [first, second]) expect(JSON.stringify(records)).not.toContain(token)
  })

  it('rotate, each into one successor, and name their device', async () => {
    const { first, tokens, device } = await stage()
    const rotation = await tokens.rotate(first)
    expect(rotation).toMatchObject({ ok: true, device })
    let token = first
    const seen = new Set([first])
    for (let turn = 0; turn < 10; turn++) {
      token = await successor(tokens, token)
      seen.add(token)
    }
    expect(seen.size).toBe(11)
  })

  it('answer the same successor to a worker that died before it kept it', async () => {
    const { first, tokens, clock } = await stage()
    const second = await successor(tokens, first)
    clock.nowMs += GRACE_MS
    expect(await successor(tokens, first)).toBe(second)
    expect(await successor(tokens, second)).not.toBe(second)
  })

  it.each<[string, (s: Awaited<ReturnType<typeof stage>>) => Promise<string>]>([
    [
      'a used one of more than a minute ago',
      async ({ first, tokens, clock }) => {
        await successor(tokens, first)
        clock.nowMs += GRACE_MS + 1
        return first
      },
    ],
    [
      'one whose successor was used',
      async ({ first, tokens }) => {
        await successor(tokens, await successor(tokens, first))
        return first
      },
    ],
  ])('end the whole family when somebody comes with %s', async (_name, prepare) => {
    const s = await stage()
    const reused = await prepare(s)
    const other = await s.devices.add(ME, 'Phone')
    const otherToken = await s.tokens.issue(other)
    expect(await s.tokens.rotate(reused)).toEqual({ ok: false, fault: 'reused' })
    expect(s.revoked).toEqual([s.device.id])
    expect(await s.devices.find(s.device.id)).toBeUndefined()
    for (const token of [s.first, reused]) expect(await s.tokens.rotate(token)).toEqual({ ok: false, fault: 'unknown' })
    // The user's other device is not concerned.
    expect((await s.tokens.rotate(otherToken)).ok).toBe(true)
  })

  it('are not had from any text', async () => {
    const { tokens, first } = await stage()
    const text = fc.oneof(
      fc.string(),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.nat(42).map((at) => first.slice(0, at) + (first[at] === 'A' ? 'B' : 'A') + first.slice(at + 1)),
      fc.constantFrom(`${first}=`, ` ${first}`, first.slice(0, -1), `${first}\n`),
    )
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await tokens.rotate(token)).toEqual({ ok: false, fault: 'unknown' })
      }),
      { numRuns: 2000 },
    )
    expect((await tokens.rotate(first)).ok).toBe(true)
  })
})

/** What must be true, kept beside what is. */
interface Model {
  /** Every token of the family that anybody holds: one chain, by index. */
  readonly chain: string[]
  /** When a token was first exchanged, as far as the store confirmed or holds it. */
  readonly usedAtMs: (number | undefined)[]
  isEnded: boolean
  nowMs: number
}

interface Real {
  readonly tokens: RefreshTokens
  readonly keyValue: FailingKeyValue
  readonly devices: { find(id: string): Promise<Device | undefined> }
  readonly device: Device
  readonly clock: { nowMs: number }
}

type Expected = 'successor' | Extract<Rotation, { ok: false }>['fault']

function expectedOf(model: Model, index: number): Expected {
  if (model.isEnded) return 'unknown'
  const usedAtMs = model.usedAtMs[index]
  const isOld = usedAtMs !== undefined && model.nowMs - usedAtMs > GRACE_MS
  return isOld || model.usedAtMs[index + 1] !== undefined ? 'reused' : 'successor'
}

/** Takes what one call answered into the model, and checks that there is one chain alone. */
function learn(model: Model, index: number, rotation: Rotation): void {
  const expected = expectedOf(model, index)
  expect(rotation.ok ? 'successor' : rotation.fault).toBe(expected)
  if (expected === 'reused') model.isEnded = true
  if (!rotation.ok) return
  model.usedAtMs[index] ??= model.nowMs
  model.chain[index + 1] ??= rotation.refreshToken
  expect(rotation.refreshToken).toBe(model.chain[index + 1])
}

abstract class Step implements fc.AsyncCommand<Model, Real> {
  /** Back from the newest token that anybody holds: 0 is the user's next rotation, more is a replay. */
  readonly back: number
  constructor(back: number) {
    this.back = back
  }
  check(): boolean {
    return true
  }
  async run(model: Model, real: Real): Promise<void> {
    const index = Math.max(0, model.chain.length - 1 - this.back)
    await this.act(model, real, index, model.chain[index]!)
    const device = await real.devices.find(real.device.id)
    expect(device !== undefined).toBe(!model.isEnded)
  }
  abstract act(model: Model, real: Real, index: number, token: string): Promise<void>
  toString(): string {
    return `${this.constructor.name}(${this.back})`
  }
}

class Rotate extends Step {
  async act(model: Model, real: Real, index: number, token: string) {
    learn(model, index, await real.tokens.rotate(token))
  }
}

class RotateAtOnce extends Step {
  async act(model: Model, real: Real, index: number, token: string) {
    const rotations = await Promise.all(Array.from({ length: 5 }, () => real.tokens.rotate(token)))
    // Who comes late to the end of a family finds it ended.
    const ended = rotations.filter((rotation) => !rotation.ok)
    if (expectedOf(model, index) === 'reused') {
      expect(ended).toHaveLength(5)
      model.isEnded = true
    } else for (const rotation of rotations) learn(model, index, rotation)
  }
}

/** The process dies at one of its writes; whoever asked got no answer, and asks again at once. */
class RotateAndDie extends Step {
  readonly write: number
  readonly isWritten: boolean
  constructor(back: number, write: number, isWritten: boolean) {
    super(back)
    this.write = write
    this.isWritten = isWritten
  }
  async act(model: Model, real: Real, index: number, token: string) {
    const before = expectedOf(model, index)
    real.keyValue.failAt(this.write, this.isWritten)
    const died = await real.tokens.rotate(token).then(
      (rotation) => {
        learn(model, index, rotation)
        return false
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(StoreError)
        return true
      },
    )
    real.keyValue.heal()
    if (!died) return
    const again = await real.tokens.rotate(token)
    // The end of a family may have been written before the process died; its other half is of no consequence.
    if (before === 'reused') {
      expect(again.ok).toBe(false)
      model.isEnded = true
    } else learn(model, index, again)
  }
  override toString(): string {
    return `RotateAndDie(${this.back}, write ${this.write}${this.isWritten ? ', done' : ''})`
  }
}

class Wait extends Step {
  act(model: Model, real: Real) {
    model.nowMs += this.back
    real.clock.nowMs += this.back
    return Promise.resolve()
  }
}

describe('a family of refresh tokens', () => {
  it('has one live end, locks nobody out who died half-way, and ends with the first reuse', async () => {
    const back = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.constant(1) }, fc.nat(5))
    const steps = fc.commands(
      [
        back.map((count) => new Rotate(count)),
        back.map((count) => new RotateAtOnce(count)),
        fc
          .tuple(back, fc.integer({ min: 1, max: 4 }), fc.boolean())
          .map(([count, write, isWritten]) => new RotateAndDie(count, write, isWritten)),
        fc.constantFrom(1, 1000, GRACE_MS - 1, GRACE_MS, GRACE_MS + 1, 3_600_000).map((ms) => new Wait(ms)),
      ],
      { maxCommands: 30, size: 'max' },
    )
    let ended = 0
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const real = await stage()
        const model: Model = { chain: [real.first], usedAtMs: [], isEnded: false, nowMs: real.clock.nowMs }
        await fc.asyncModelRun(() => ({ model, real }), commands)
        if (model.isEnded) ended++
      }),
      { numRuns: 300 },
    )
    // Both ends of the story were told.
    expect(ended).toBeGreaterThan(10)
    expect(ended).toBeLessThan(290)
  })
})
