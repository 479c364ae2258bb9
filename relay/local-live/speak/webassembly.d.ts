/**
 * The part of WebAssembly that the voice uses: Node has it, but its types come with the DOM library only,
 * which the relay does not see.
 */
declare namespace WebAssembly {
  class Module {
    readonly [Symbol.toStringTag]: string
    private constructor()
  }
  class Memory {
    constructor(descriptor: { readonly initial: number })
    readonly buffer: ArrayBuffer
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>)
    readonly exports: Readonly<Record<string, unknown>>
  }
  function compile(bytes: Uint8Array): Promise<Module>
}
