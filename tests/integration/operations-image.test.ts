import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { ROOT } from '../support/script-process.ts'

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

/** What each `COPY` of the build context takes. */
function copied(dockerfile: string): readonly string[] {
  const lines = dockerfile.split('\n').filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  return lines.flatMap((line) => line.split(' ').slice(1, -1))
}

/** The name of the package an import is of. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Packages that a file and all it leads to import, by any of the ways there are, workers included. */
function importsFrom(file: string, seen = new Set<string>(), found = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return found
  seen.add(file)
  const source = readFileSync(file, 'utf8')
  for (const [, specifier] of source.matchAll(/(?:from |import\()'([^.'][^']*)'/g)) found.add(specifier!)
  for (const [, path] of source.matchAll(/'(\.\.?\/[^']+\.ts)'/g)) importsFrom(join(dirname(file), path!), seen, found)
  return found
}

describe('the image', () => {
  const dockerfile = read('Dockerfile')

  it('copies what there is, and what the builder is given', () => {
    const ignore = read('.dockerignore').split('\n')
    expect(copied(dockerfile).length).toBeGreaterThan(5)
    for (const source of copied(dockerfile)) {
      expect(existsSync(join(ROOT, source)), source).toBe(true)
      expect(ignore).toContain(`!${source}`)
    }
    expect(ignore).toContain('*')
  })

  it('holds every package its code imports', () => {
    const specifiers = ['relay/main.ts', 'scripts/pair.ts'].flatMap((entry) => [...importsFrom(join(ROOT, entry))])
    const packages = new Set(specifiers.filter((specifier) => !isBuiltin(specifier)).map(packageOf))
    expect([...packages]).toContain('uWebSockets.js')
    expect([...packages].filter((name) => !(name in manifest.dependencies))).toEqual([])
  })

  it('runs as nobody in particular, bakes no secret in, and is asked whether it lives', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
    expect(last).toMatch(/^USER 10001:10001$/m)
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m)
    expect(last).toMatch(/^HEALTHCHECK (?:.*\\\n)?.*\/livez/m)
    expect(dockerfile).not.toMatch(/ASIDE_SECRET|API_KEY/)
    expect(dockerfile).toMatch(/^FROM node:24-trixie/m)
  })
})

describe('compose.yaml', () => {
  const compose = read('compose.yaml')

  it('hardens every service', () => {
    const services = compose.slice(compose.indexOf('\nservices:'), compose.indexOf('\nnetworks:'))
    const blocks = services.split(/\n(?= {2}[a-z-]+:)/).slice(1)
    expect(blocks.map((block) => block.trim().split(':')[0])).toEqual(['relay-a', 'relay-b', 'redis', 'balancer'])
    for (const block of blocks) expect(block).toMatch(/\*relay|<<: \*hardened/)
    const hardened = compose.slice(compose.indexOf('&hardened'), compose.indexOf('x-relay:'))
    for (const promise of ['read_only: true', 'cap_drop: [ALL]', 'no-new-privileges:true']) {
      expect(hardened).toContain(promise)
    }
  })

  it('gives the balancer every variable its configuration reads', () => {
    const needed = new Set(read('deploy/haproxy.cfg').match(/(?<=\$\{)\w+(?=\})/g))
    expect(needed.size).toBe(5)
    for (const name of needed) expect(compose).toContain(`${name}:`)
  })
})
