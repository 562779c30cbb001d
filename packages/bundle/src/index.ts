export { ANNOTATIONS } from "./annotations.ts";
export {
  type DecisionCase,
  factsOfCase,
  failureOf,
  namesOf,
  type ShortApproval,
  type ShortEffect,
} from "./cases.ts";
export {
  CHECK_RULES,
  type CheckFinding,
  type CheckInput,
  type CheckReport,
  type CheckRule,
  check,
} from "./check/check.ts";
export { SEVERITIES, type Severity } from "./check/rule.ts";
export { type LogUse, type PermitUse, useCounter } from "./check/use.ts";
export * from "./contract/index.ts";
export {
  LOAD_CODES,
  type LoadCode,
  type LoadError,
  renderError,
  type SourcePlace,
} from "./errors.ts";
export {
  type BundleFile,
  type BundleSource,
  isBundleName,
  loadContent,
  type OpenText,
  openBundle,
  readBundleFile,
  readUnsigned,
  type SignText,
  writeBundleFile,
} from "./file.ts";
export { type NoProposal, proposedGrants } from "./grant/proposal.ts";
export { type GrantFinding, type ReviewInput, reviewGrants } from "./grant/review.ts";
export { type GrantScope, type GrantSpec, grantText, headText } from "./grant/text.ts";
export { MAX_BUNDLE_CHARS, MAX_USES } from "./limits.ts";
export { type BundleInput, loadBundle } from "./load.ts";
export { PACKS, type Pack, packTestFile, readPack } from "./packs.ts";
export {
  type PlacedCase,
  type PolicyTestFile,
  parseTestFile,
  type TestFileCode,
  type TestFileError,
} from "./policy-test/file.ts";
export {
  type CaseFailure,
  type CaseResult,
  type Missing,
  type PolicyCoverage,
  runCases,
  type Surplus,
  type TestRun,
  type Verdict,
} from "./policy-test/run.ts";
export { type ClosedLists, NO_ADDITIONS, schemaText } from "./schema.ts";
export * from "./shield/index.ts";
export type { PolicyFile } from "./source.ts";
export { type Statement, splitPolicies } from "./split.ts";
