import { type Caller, canonicalTime, type ToolDefinition } from "@bylaw/core";
import type { PipelineOps } from "../ops.ts";
import { digestOf } from "./decode.ts";
import type { McpLimits } from "./limits.ts";
import type { RequestStates } from "./modern/request-state.ts";
import type { Redactor } from "./redact.ts";

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
  /** Keyed digest of a result's bytes, for outcome records. */
  readonly resultDigest: (bytes: Uint8Array) => string;
  readonly redactor: Redactor;
  /** Seals what clients of the era without sessions carry from one request to the next. */
  readonly states: RequestStates;
  readonly log: (event: McpLogEvent) => void;
  readonly draining: () => boolean;
  /** Records a message that could not become an action. Out: its index; null when not recorded. */
  readonly reject: (rejected: Rejected) => Promise<number | null>;
}

export interface Rejected {
  readonly upstream: string | null;
  /** Null for somebody unknown; such records are limited in rate. */
  readonly credential: string | null;
  readonly code: string;
  readonly bytes: Uint8Array;
}

const SECOND_MS = 1000;

/** The writer of reject records. A stranger's messages must not fill the disk; the rest is only counted. */
export function createRejects(
  ops: PipelineOps,
  limits: McpLimits,
  ids: McpIds,
  log: (event: McpLogEvent) => void,
): McpContext["reject"] {
  let second = 0;
  let written = 0;
  const allowed = (now: number): boolean => {
    const current = Math.floor(now / SECOND_MS);
    if (current !== second) {
      second = current;
      written = 0;
    }
    written += 1;
    return written <= limits.strangerRecordsPerSecond;
  };
  return async ({ upstream, credential, code, bytes }) => {
    const now = ops.now();
    if (credential === null && !allowed(now)) {
      log({ kind: "reject_unrecorded", upstream, text: code });
      return null;
    }
    const record = {
      v: 1,
      kind: "reject",
      at: canonicalTime(now),
      id: ids.action(),
      gateway: "mcp",
      upstream,
      credential,
      code,
      bytes: digestOf(bytes),
    } as const;
    try {
      return (await ops.record(record, "write", null)).index;
    } catch {
      // A rejected message goes nowhere, recorded or not.
      log({ kind: "reject_unrecorded", upstream, text: code });
      return null;
    }
  };
}
