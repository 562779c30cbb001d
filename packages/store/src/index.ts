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
export type { StoredDefinition } from "./definitions.ts";
export { StoreError, type StoreErrorCode } from "./errors.ts";
export type { Approvals } from "./held.ts";
export type { Appended, Body, Durability, Log } from "./log.ts";
export { type Ownership, takeOwnership } from "./owner.ts";
export type { Charge, Reservation } from "./reservations.ts";
export type { Shredded } from "./shred.ts";
export {
  type Agents,
  type Definitions,
  openArchive,
  openStore,
  type Store,
  type StoreOptions,
} from "./store.ts";
