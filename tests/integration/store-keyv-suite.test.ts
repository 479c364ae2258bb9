import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv } from 'keyv'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as vitest from 'vitest'
import { KeyvSqlite } from '../../relay/store/keyv-sqlite.ts'
import { SqliteFile } from '../../relay/store/sqlite-file.ts'

// Keyv's own suite, all of it, on our adapter.
const folder = mkdtempSync(join(tmpdir(), 'aside-keyv-'))
const file = new SqliteFile(join(folder, 'records.sqlite'))
// An adapter holds the namespace of the one Keyv it serves.
const store = () => new KeyvSqlite(file)

vitest.afterAll(() => {
  file.close()
  rmSync(folder, { recursive: true })
})

keyvTestSuite(vitest, Keyv, store)
keyvIteratorTests(vitest, Keyv, store)
