import { describe, expect, it } from 'vitest'
import { parseClassic, parseDeb822, resolveHost } from './uws-host.mjs'

describe('parseDeb822', () => {
  it('reads the sources of Debian 12 as its images ship them', () => {
    const text = `Types: deb
# http://snapshot.debian.org/archive/debian/20250520T000000Z
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main contrib
`
    expect(parseDeb822(text)).toEqual([
      {
        uri: 'http://deb.debian.org/debian',
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
      {
        uri: 'http://deb.debian.org/debian-security',
        suites: ['bookworm-security'],
        components: ['main', 'contrib'],
        keyring: undefined,
      },
    ])
  })

  it('reads several addresses, folded fields and keys in the file, and leaves out what is off or source code', () => {
    const text = `types: deb deb-src
uris: http://one.example/debian
 http://two.example/debian
suites: bookworm
components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS/xcRfwEQWzr
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://off.example
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example
Suites: bookworm
Components: main`
    expect(parseDeb822(text).map(({ uri, keyring }) => ({ uri, keyring }))).toEqual([
      { uri: 'http://one.example/debian', keyring: undefined },
      { uri: 'http://two.example/debian', keyring: undefined },
    ])
  })
})

describe('parseClassic', () => {
  it('reads lines with and without options and leaves out comments and source code', () => {
    const text = `# deb http://off.example bookworm main
deb http://deb.debian.org/debian bookworm main contrib # ours
deb-src http://deb.debian.org/debian bookworm main
deb\t[arch=amd64 signed-by=/usr/share/keyrings/some.gpg]  https://some.example/apt\tbookworm  main
`
    expect(parseClassic(text)).toEqual([
      {
        uri: 'http://deb.debian.org/debian',
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        keyring: undefined,
      },
      {
        uri: 'https://some.example/apt',
        suites: ['bookworm'],
        components: ['main'],
        keyring: '/usr/share/keyrings/some.gpg',
      },
    ])
  })
})

describe('resolveHost', () => {
  it('names a Node that starts, with or without a reason why it is a plain one', async () => {
    const host = await resolveHost()
    expect(host.command).toMatch(/node(\.exe)?$/)
    if (host.hosted) expect(host.reason).toBeUndefined()
  })
})
