export type { AdminOps, HeldAction, Status, VoteError } from "./api/admin.ts";
export * from "./config/config.ts";
export { currentUser, defaultConfig, loadConfig, parseConfig } from "./config/load.ts";
export {
  type BundleFolder,
  BundleFolderError,
  type BundleState,
  bundleFolder,
  openedBy,
  type Version,
} from "./host/bundle-folder.ts";
export { buildBundle, verifyBundle } from "./host/bundle-text.ts";
export {
  adminToken,
  defaultDataFolder,
  type Presence,
  runningGateway,
} from "./host/data-folder.ts";
export { variable, wallClock } from "./host/environment.ts";
export type { StartError } from "./host/host.ts";
export { loadRules, type Rules } from "./host/rules.ts";
export type { PolicyError, PolicyStatus } from "./host/versions.ts";
export * from "./server.ts";
export type { ShadowStatus } from "./shadow/shadow.ts";
