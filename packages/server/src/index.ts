export type { AdminOps, HeldAction, Status, VoteError } from "./api/admin.ts";
export * from "./config/config.ts";
export { currentUser, defaultConfig, loadConfig, parseConfig } from "./config/load.ts";
export { durationMs } from "./config/units.ts";
export {
  adminToken,
  defaultDataFolder,
  type Presence,
  runningGateway,
} from "./host/data-folder.ts";
export { variable, wallClock } from "./host/environment.ts";
export type { StartError } from "./host/host.ts";
export { loadRules, type Rules } from "./host/rules.ts";
export { COSIGNED_FILE, type WitnessStatus } from "./log/checkpoints.ts";
export { LogUnreachable, remoteLog } from "./log/remote.ts";
export * from "./server.ts";
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
