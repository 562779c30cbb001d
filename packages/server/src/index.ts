export {
  type AdminOps,
  type HeldAction,
  REASON_MAX,
  type Status,
  type VoteError,
} from "./api/admin.ts";
export * from "./config/config.ts";
export { currentUser, defaultConfig, loadConfig, parseConfig } from "./config/load.ts";
export {
  adminToken,
  defaultDataFolder,
  type Presence,
  runningGateway,
} from "./host/data-folder.ts";
export { databaseAddress } from "./host/database.ts";
export { variable, wallClock } from "./host/environment.ts";
export type { StartError } from "./host/host.ts";
export { loadRules, type Rules } from "./host/rules.ts";
export { openStopped } from "./host/stopped.ts";
export * from "./server.ts";
