/** Serves an article to talk about on a free loopback port. */
export function serveExamplePage(): Promise<{ readonly url: string; readonly close: () => void }>
