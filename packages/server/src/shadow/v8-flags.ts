/**
 * For a process that calls cedar-wasm again and again: V8 11 (Node 20) aborts in its deoptimizer after some ten
 * thousand calls that it has inlined. An unknown flag would keep a later Node from starting.
 */
export const V8_FLAGS: readonly string[] =
  Number.parseInt(process.versions.node, 10) < 22 ? ["--no-turbo-inline-js-wasm-calls"] : [];
