import { describe, expect, it } from 'vitest'
import { DEFAULT_RELAY_URL, parseRelayAddress } from './relay-address.ts'

describe('parseRelayAddress', () => {
  it.each([
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['  127.0.0.1:8787 ', 'http://127.0.0.1:8787'],
    ['localhost:9000', 'http://localhost:9000'],
    ['LocalHost', 'http://localhost'],
    ['relay.example.org', 'https://relay.example.org'],
    ['relay.example.org:8443', 'https://relay.example.org:8443'],
    ['https://Relay.Example.org/', 'https://relay.example.org'],
    ['https://127.0.0.1:1', 'https://127.0.0.1:1'],
    ['https://[::1]:8787', 'https://[::1]:8787'],
    [DEFAULT_RELAY_URL, DEFAULT_RELAY_URL],
  ])('takes %j as %s', (typed, url) => {
    expect(parseRelayAddress(typed)).toEqual({ ok: true, url })
  })

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['https://', 'unreadable'],
    ['two words', 'unreadable'],
    ['http://relay:port', 'unreadable'],
    ['ws://127.0.0.1:8787', 'not-http'],
    ['ftp://relay.example.org', 'not-http'],
    ['http://relay.example.org', 'not-secure'],
    ['http://192.168.1.4:8787', 'not-secure'],
    ['http://127.0.0.1.example.org', 'not-secure'],
    ['http://localhost.example.org:8787', 'not-secure'],
    ['https://me:secret@relay.example.org', 'has-credentials'],
    ['http://127.0.0.1@evil.example', 'has-credentials'],
    ['https://relay.example.org/aside', 'has-path'],
    ['https://relay.example.org/?key=1', 'has-path'],
  ])('refuses %j: %s', (typed, problem) => {
    expect(parseRelayAddress(typed)).toEqual({ ok: false, problem })
  })
})
