/** Path of a program that the shell would find. @param furtherFolders looked into after those of the PATH */
export function findProgram(name: string, furtherFolders?: readonly string[]): string | undefined
