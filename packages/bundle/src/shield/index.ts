export { SHIELD_LINTS, type ShieldFinding, type ShieldLint } from "./entry.ts";
export { type ExportOptions, exportShield } from "./export.ts";
export {
  conflictsOf,
  readShield,
  type ShieldCoverage,
  type ShieldReading,
  type ShieldSource,
} from "./files.ts";
export { loadShield, type ShieldAck, type ShieldInput, unacknowledged } from "./load.ts";
export { renderProblem, SHIELD_CODES, type ShieldCode, type ShieldProblem } from "./raw.ts";
