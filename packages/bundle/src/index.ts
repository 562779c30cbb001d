export { ANNOTATIONS } from "./annotations.ts";
export {
  type DecisionCase,
  factsOfCase,
  failureOf,
  namesOf,
  type ShortApproval,
  type ShortEffect,
} from "./cases.ts";
export { LOAD_CODES, type LoadCode, type LoadError, renderError } from "./errors.ts";
export { type BundleInput, loadBundle } from "./load.ts";
export { PACKS, type Pack, readPack } from "./packs.ts";
export { type ClosedLists, schemaText } from "./schema.ts";
export * from "./shield/index.ts";
export type { PolicyFile } from "./source.ts";
