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
export {
  type BundleFile,
  type BundleSource,
  isBundleName,
  type OpenText,
  openBundle,
  readBundleFile,
  type SignText,
  writeBundleFile,
} from "./file.ts";
export { MAX_BUNDLE_CHARS } from "./limits.ts";
export { type BundleInput, loadBundle } from "./load.ts";
export { PACKS, type Pack, readPack } from "./packs.ts";
export { type ClosedLists, NO_ADDITIONS, schemaText } from "./schema.ts";
export type { PolicyFile } from "./source.ts";
