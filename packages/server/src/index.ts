export {
  type AdminOps,
  type DefinitionRow,
  type DefinitionVersion,
  type Halted,
  type Status,
} from "./api/admin.ts";
export type { BatchAnswered, HeldAction, VoteError } from "./api/approvals.ts";
export * from "./client.ts";
export * from "./config/config.ts";
export { addPerson, addUpstreams, type NewUpstream, relocated } from "./config/edit.ts";
export { defaultConfig, loadConfig, parseConfig } from "./config/load.ts";
export * from "./factor-keys.ts";
export type { FactorRow } from "./factors/answer.ts";
export type { FactorStatus, PendingPasskey, PendingTotp, Person } from "./factors/enrolment.ts";
export type { Asked } from "./factors/guard.ts";
export { recoverFactors } from "./factors/recover.ts";
export type { Batch } from "./host/approvals/batches.ts";
export type { ApprovalStats, ReviewerStats } from "./host/approvals/stats.ts";
export type { WaiverRow } from "./host/approvals/waivers.ts";
export {
  type BundleFolder,
  BundleFolderError,
  type BundleState,
  bundleFolder,
  type Version,
} from "./host/bundle-folder.ts";
export { buildBundle, verifyBundle } from "./host/bundle-text.ts";
export type {
  GrantAdded,
  GrantErrorCode,
  GrantRefusal,
  GrantRow,
  GrantStanding,
  GrantWish,
} from "./host/grants.ts";
export type { StartError } from "./host/host.ts";
export { changeablePlaces, sourcesOf } from "./host/isolation.ts";
export { mcpUpstreams } from "./host/places.ts";
export { loadPolicies, type PoliciesError } from "./host/policies.ts";
export { loadRules, type RuleSources, type Rules, readRules } from "./host/rules.ts";
export * from "./host/shield.ts";
export type { SignedAck } from "./host/shield-acks.ts";
export { openStopped } from "./host/stopped.ts";

export type { PolicyError, PolicyStatus } from "./host/versions.ts";
export type { WitnessStatus } from "./log/checkpoints.ts";
export * from "./log-reader.ts";
export { readTools, readTrace } from "./replay/read.ts";
export { createReplay, type Replay, type Replayed, type StepReason } from "./replay/replay.ts";
export {
  createShellScanner,
  type Scanned,
  type ScannedEffect,
  type ScanOptions,
  type ShellScanner,
} from "./scan/shell.ts";
export * from "./server.ts";
export type { ShadowStatus } from "./shadow/shadow.ts";
export { claudeRecording } from "./simulate/claude.ts";
export { otelRecording } from "./simulate/otel.ts";
export type { RecordedSession, Recording } from "./simulate/recorded.ts";
export { createSimulation, type SimulatedCall, type Simulation } from "./simulate/simulate.ts";
export { createSummary, type RuleSummary, type Simulated } from "./simulate/summary.ts";
export type { AuthorizerSetup } from "./upstream-auth/authorizer.ts";
export {
  type Access,
  authorizerSetup,
  type LetIn,
  openAccess,
} from "./upstream-auth/configured.ts";
export { type LoggedIn, type LoginSetup, login } from "./upstream-auth/login.ts";
export { type AuthStore, openAuthStore, type StoredAuth } from "./upstream-auth/stored.ts";
export {
  createWitnessFolder,
  resetWitness,
  type WitnessError,
  type WitnessErrorCode,
} from "./witness/state.ts";
export {
  startWitness,
  type WitnessServer,
  type WitnessServerOptions,
} from "./witness/witness-server.ts";
