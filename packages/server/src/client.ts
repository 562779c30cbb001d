/**
 * What a command needs that asks a gateway and ends: no schema, no engine, no store, which take most of a
 * second to load.
 */
export { REASON_MAX } from "./api/reason.ts";
export { durationMs } from "./config/units.ts";
export { currentUser } from "./config/user.ts";
export { PERSON_HEADER, PROOF_HEADER } from "./factors/headers.ts";
export {
  adminToken,
  defaultDataFolder,
  keyFolder,
  type Presence,
  runningGateway,
  type Tier,
} from "./host/data-folder.ts";
export { environment, environmentWithoutBylaw, variable, wallClock } from "./host/environment.ts";
export { RUNTIME_FOLDER } from "./host/isolation.ts";
