/** Gives a person a file with this text. */
export function download(name: string, type: 'application/json' | 'text/markdown', text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has begun: it holds the data itself.
  URL.revokeObjectURL(url)
}
