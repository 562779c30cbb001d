export { type Analysis, analyze, type Output } from "./analyze.ts";
export { argumentFacts } from "./arguments.ts";
export * from "./catalog/catalog.ts";
export { type CatalogDraft, draftCatalog } from "./catalog/draft.ts";
export { type CatalogError, type CatalogErrorCode, parseCatalog } from "./catalog/parse.ts";
export { usedOf } from "./catalog/usage.ts";
export * from "./definitions/index.ts";
export { OWN_DETECTORS_MAX } from "./detect/limits.ts";
export {
  NO_OWN,
  type OwnDetectors,
  type OwnSpec,
  ownDetectors,
  patternProblem,
} from "./detect/own.ts";
export { isDetector, redactJson } from "./detect/redact.ts";
export { RULES } from "./detect/registry.ts";
export {
  type Finding,
  KINDS,
  type Kind,
  type Rule,
  type Severity,
} from "./detect/rule.ts";
export { type Scanned, type Scanner, scanner } from "./detect/scan.ts";
export { scanWindows } from "./detect/windows.ts";
export {
  type ActionIdentity,
  actionDigest,
  actionOf,
  buildFacts,
  type FactsParts,
} from "./facts.ts";
export { classesOfPath } from "./files/classify.ts";
export { isApiDocument } from "./hosts/openapi.ts";
export { closeLabels } from "./labels.ts";
export { type MemoryFiles, memoryOps } from "./memory-ops.ts";
export * from "./ops.ts";
export type { OwnAddress, OwnPlace } from "./own.ts";
export * from "./provenance/index.ts";
export { readShell, SHELL_DIALECTS, type ShellDialect, type ShellReading } from "./shell/shell.ts";
export type { Site } from "./shell/sink.ts";
export { shieldFacts } from "./shield/facts.ts";
export { loadPostgresql as prepareFacts } from "./sql/postgresql.ts";
export * from "./world.ts";
