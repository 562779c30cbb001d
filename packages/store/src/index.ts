export type { StoredAgent } from "./agents.ts";
export type {
  ApprovalChange,
  ApprovalState,
  HeldAction,
  StoredApproval,
  StoredVote,
  Voted,
  VoteRefusal,
} from "./approvals.ts";
export type { Erasure, Pruned } from "./bodies.ts";
export type { ActionClaims } from "./claims.ts";
export {
  type Agents,
  type Definitions,
  type Delegations,
  type Factors,
  type Halts,
  type Store,
} from "./compose.ts";
export type {
  DefinitionKind,
  DefinitionName,
  DefinitionState,
  DefinitionVerdict,
  SeenDefinition,
  Sighting,
  StoredDefinition,
} from "./definitions.ts";
export type { NewDelegation, StoredDelegation } from "./delegations.ts";
export { StoreError, type StoreErrorCode } from "./errors.ts";
export {
  type AddedFactor,
  type NewFactor,
  type StoredFactor,
} from "./factors.ts";
export type {
  HaltInput,
  HaltReader,
  HaltResult,
  HaltTarget,
  Reach,
  ResumeInput,
  ResumeResult,
} from "./halts.ts";
export type { Approvals } from "./held.ts";
export { isShared } from "./keys.ts";
export type { Appended, Body, Durability, Log } from "./log.ts";
export { type Ownership, takeOwnership } from "./owner.ts";
export type { Charge, Reservation, SeenCounts } from "./reservations.ts";
export type { Shredded } from "./shred.ts";
export {
  openArchive,
  openSharedArchive,
  openStore,
  pendingEntries,
  type StoreOptions,
} from "./store.ts";
export type { Counter, TallyReader } from "./tallies.ts";
export type { StoredWaiver } from "./waivers.ts";
