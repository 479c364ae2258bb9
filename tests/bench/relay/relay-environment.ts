/** The environment of a relay that is measured: nothing of whoever runs the benchmark, any free ports, nothing kept. */
export function relayEnvironment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ASIDE|GEMINI|GOOGLE|OTEL)_/.test(name))
  return {
    ...Object.fromEntries(inherited),
    ASIDE_PORT: '0',
    ASIDE_ADMIN_PORT: '0',
    ASIDE_STORE: 'memory:',
    ASIDE_MAX_SESSIONS: '10000',
    ASIDE_SECRET: 'the secret of a relay that lives for a minute',
    ...own,
  }
}
