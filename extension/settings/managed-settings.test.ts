import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import config from '../../wxt.config.ts'
import { withManaged, withoutManaged } from './managed-settings.ts'
import { isReadable } from './setting-fields.ts'
import { parseSettings } from './settings-schema.ts'

const own = parseSettings({ keepTalking: true, voice: { name: 'Puck' }, sight: { excludedSites: ['mine.example'] } })

describe('withManaged', () => {
  it.each([undefined, null, 'text', {}, []])('changes nothing where the organisation set nothing: %j', (policy) => {
    expect(withManaged(own, policy)).toEqual({ settings: own, locked: new Set(), sites: [] })
  })

  it('replaces what is set, field by field, also by what is the default', () => {
    const managed = withManaged(own, { keepTalking: false, voice: { model: 'a-model' } })
    expect(managed.settings).toEqual({ ...own, keepTalking: false, voice: { ...own.voice, model: 'a-model' } })
    expect(managed.locked).toEqual(new Set(['keepTalking', 'voice.model']))
  })

  it('passes over what is no value of a setting, and leaves it to the person', () => {
    const policy = {
      keepTalking: 'never',
      relayUrl: 'http://relay.example.org',
      voice: 'loud',
      talk: { mode: 'shout' },
      other: 1,
    }
    expect(withManaged(own, policy)).toEqual({ settings: own, locked: new Set(), sites: [] })
  })

  it('adds excluded sites to a person’s own', () => {
    const { settings, locked, sites } = withManaged(own, { sight: { excludedSites: ['bank.example', 'mine.example'] } })
    expect(settings.sight.excludedSites).toEqual(['bank.example', 'mine.example'])
    expect(sites).toEqual(['bank.example', 'mine.example'])
    expect(locked.size).toBe(0)
  })
})

describe('withoutManaged', () => {
  it('leaves of a change what a person may change', () => {
    const policy = { keepTalking: false, sight: { excludedSites: ['bank.example'] } }
    const change = {
      keepTalking: true,
      temporary: true,
      sight: { width: 640, excludedSites: ['bank.example', 'a.example'] },
    }
    expect(withoutManaged(change, policy)).toEqual({
      temporary: true,
      sight: { width: 640, excludedSites: ['a.example'] },
    })
    expect(withoutManaged(change, {})).toEqual(change)
  })
})

interface Schema {
  readonly type: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
}

/** A value that the schema lets through. */
function exampleOf(name: string, schema: Schema): unknown {
  if (name === 'relayUrl') return 'https://relay.example.org'
  if (schema.enum !== undefined) return schema.enum.at(-1)
  return { boolean: true, string: 'some', integer: schema.maximum, array: ['bank.example'] }[schema.type]
}

describe('public/managed-schema.json', () => {
  const manifest = config.manifest as unknown as { readonly storage: { readonly managed_schema: string } }
  const path = join(import.meta.dirname, '../public', manifest.storage.managed_schema)
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Required<Schema>
  const leaves = Object.entries(schema.properties).flatMap(([name, inner]): [string, Schema][] =>
    inner.properties === undefined
      ? [[name, inner]]
      : Object.entries(inner.properties).map(([field, leaf]) => [`${name}.${field}`, leaf]),
  )

  it.each(leaves)('names a setting that there is, says what it does, and allows what can be read: %s', (name, leaf) => {
    expect(leaf.description).toBeTruthy()
    expect(isReadable(name, exampleOf(name, leaf))).toBe(true)
    if (leaf.minimum !== undefined) {
      expect(isReadable(name, leaf.minimum)).toBe(true)
      expect(isReadable(name, leaf.minimum - 1)).toBe(false)
      expect(isReadable(name, (leaf.maximum ?? 0) + 1)).toBe(false)
    }
  })

  it('covers what an organisation has to say about where words and pictures go', () => {
    const names = leaves.map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining(['relayUrl', 'keepTalking', 'temporary', 'sight.excludedSites']))
  })
})
