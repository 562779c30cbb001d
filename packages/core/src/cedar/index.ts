export { type ActionHierarchy, readActions } from "./actions.ts";
export { isDatetime } from "./datetime.ts";
export {
  type CedarEngine,
  type CedarRequest,
  type CompileOptions,
  compilePolicies,
  type PolicySource,
} from "./engine.ts";
export { type EntityInput, type EntityStore, entityStore } from "./entities.ts";
export type { CompileError, CompileErrorCode, RequestError, RequestErrorCode } from "./errors.ts";
export type { ExactJson, ExactObject } from "./exact-json.ts";
export { PreparedContext, prepareContext } from "./ingest.ts";
export {
  POLICY_LIMITS,
  type PolicyLimits,
  REQUEST_LIMITS,
  type RequestLimits,
} from "./limits.ts";
