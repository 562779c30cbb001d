import type { Caller, ToolDefinition } from "@bylaw/core";
import type { PipelineOps } from "../ops.ts";
import type { Reject } from "../rejects.ts";
import type { McpLimits } from "./limits.ts";
import type { Redactor } from "./redact.ts";
import type { Review } from "./review.ts";

/** Sources of ids; both must be unpredictable. */
export interface McpIds {
  /** Names an action in records, replies and log lines. */
  action(): string;
  /** At least 128 random bits, printable ASCII: whoever knows a session id and its token is in it. */
  session(): string;
}

/** What happened that no record is for. Never carries arguments, results or credentials of ours. */
export interface McpLogEvent {
  readonly kind: "upstream_log" | "upstream_closed" | "reject_unrecorded" | "bug";
  readonly upstream: string | null;
  /** A code, or for `upstream_log` one line in the upstream's own words, and for `bug` the error's name. */
  readonly text: string;
}

/** Asked once for a list of tools, then for each tool in it. A throw withholds the list. */
export type Visible = (
  caller: Caller,
  upstream: string,
) => Promise<(definition: ToolDefinition) => boolean>;

/** What all sessions of one gateway share. */
export interface McpContext {
  readonly ops: PipelineOps;
  readonly limits: McpLimits;
  readonly ids: McpIds;
  /** Tells whether a caller may know of a tool: false only if it would be blocked whatever its arguments. */
  readonly visible: Visible;
  readonly review: Review;
  /** Keyed digest of a result's bytes, for outcome records. */
  readonly resultDigest: (bytes: Uint8Array) => string;
  readonly redactor: Redactor;
  readonly log: (event: McpLogEvent) => void;
  readonly draining: () => boolean;
  /** Records a message that could not become an action. Out: its index; null when not recorded. */
  readonly reject: Reject;
}
