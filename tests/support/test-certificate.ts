import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** A certificate nobody trusts until told to, made for this run: it is its own authority. */
export interface TestCertificate {
  /** PEM. */
  readonly key: string
  /** PEM. */
  readonly cert: string
}

const DAY_MS = 24 * 60 * 60_000

// The bytes of the object identifiers that are needed (RFC 5280, RFC 5758).
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
const COMMON_NAME = [0x55, 0x04, 0x03]
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11]
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13]

/**
 * Makes an X.509 certificate with Node's own means (RFC 5280 §4.1), valid from yesterday until tomorrow.
 *
 * @param host the name it is for, besides the address `127.0.0.1` if that is `localhost`
 */
export function createTestCertificate(host = 'localhost'): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(der(0x06, Buffer.from(ECDSA_WITH_SHA256)))
  // Of two trusted certificates with one name OpenSSL takes either: each gets a name of its own.
  const name = Buffer.from(`Aside test ${randomUUID()}`)
  const whose = sequence(der(0x31, sequence(der(0x06, Buffer.from(COMMON_NAME)), der(0x0c, name))))
  const address = host === 'localhost' ? der(0x87, Buffer.from([127, 0, 0, 1])) : Buffer.alloc(0)
  const names = sequence(der(0x82, Buffer.from(host)), address)
  const body = sequence(
    der(0xa0, integer([2])),
    integer([1, ...Buffer.from(String(Date.now()))]),
    algorithm,
    whose,
    sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    whose,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(SUBJECT_ALT_NAME, names),
        extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff])))),
      ),
    ),
  )
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  const certificate = sequence(body, algorithm, signature)
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  }
}

/** One element: tag, length, content (X.690 §8.1). */
function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...elements: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(elements))
}

function integer(bytes: readonly number[]): Buffer {
  return der(0x02, Buffer.from(bytes))
}

/** `YYMMDDhhmmssZ` */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(digits.slice(2)))
}

function extension(identifier: readonly number[], value: Uint8Array): Buffer {
  return sequence(der(0x06, Buffer.from(identifier)), der(0x04, value))
}
