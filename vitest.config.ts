import { defineConfig } from 'vitest/config'
import { WxtVitest } from 'wxt/testing/vitest-plugin'

/** unit: beside the source · integration: the real relay, SDK and local brain · e2e: the built extension in Chromium. */
export default defineConfig({
  test: {
    // Not threads: uWebSockets.js belongs to one thread, and only a fork goes through the wrapper of scripts/uws-host.mjs.
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['shared/**/*.test.ts', 'relay/**/*.test.ts', 'scripts/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        plugins: [WxtVitest()],
        test: { name: 'extension', include: ['extension/**/*.test.ts'], environment: 'node' },
      },
      {
        test: {
          name: 'integration',
          // It waits more than it works: for sound that plays in real time, and for programs that start.
          maxWorkers: 4,
          include: ['tests/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // As above: a browser mostly waits for sound that plays in real time.
          maxWorkers: 3,
        },
      },
    ],
  },
})
