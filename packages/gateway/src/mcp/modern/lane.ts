import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "@bylaw/core";
import type { Link, LinkEvents } from "../link.ts";
import type { ToolCache } from "../tools.ts";
import type { Mirror } from "./mirror.ts";

/** Which rules an upstream follows, as it says itself. */
export type Era =
  | { readonly kind: "unknown" }
  | { readonly kind: "legacy" /** Milliseconds since the epoch. */; readonly until: number }
  | {
      readonly kind: "modern";
      readonly versions: readonly string[];
      /** Names of the extensions it offers. */
      readonly extensions: readonly string[];
    };

/**
 * What one credential's requests without a session to one upstream share, so that not each of them has
 * to find out anew: nothing in it belongs to one request.
 */
export interface Lane {
  readonly upstream: string;
  readonly credential: string;
  readonly tools: ToolCache;
  /** Tasks that this credential has begun: what others began looks as if it was not there. */
  readonly tasks: Set<string>;
  /** A program that does not answer what it does not know, or ends. */
  readonly silentIsLegacy: boolean;
  /** Shared by everybody who uses the upstream. */
  readonly era: { known: Era };
  /** The upstream has answered a request to connect that policy allowed. */
  connected: boolean;
  /** Requests that have no answer yet. */
  running: number;
  /** Milliseconds since the epoch. */
  lastUsed: number;
  /** The way to the upstream for one request. */
  link(events: LinkEvents): Link;
  close(): Promise<void>;
}

/** What one request without a session brings, besides its parameters. */
export interface ModernRequest {
  readonly lane: Lane;
  readonly version: string;
  /** What the client can do, by its own word for this request alone. */
  readonly capabilities: JsonObject;
  /** Null where the transport has none. */
  readonly headers: IncomingHttpHeaders | null;
  /** What goes to the upstream in headers. */
  mirror: Mirror;
}

const TASKS_MAX = 10_000;

/** Remembers who may ask about a task. */
export function ownTask(lane: Lane, taskId: string): void {
  lane.tasks.add(taskId);
  if (lane.tasks.size <= TASKS_MAX) return;
  const [oldest] = lane.tasks;
  if (oldest !== undefined) lane.tasks.delete(oldest);
}
