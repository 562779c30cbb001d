export { withProvenance } from "./apply.ts";
export type { Concern, Reason, ToolCall } from "./judge.ts";
export {
  createProfiles,
  createProvenance,
  type Fate,
  type Profiles,
  type Provenance,
  type ProvenanceSession,
} from "./session.ts";
