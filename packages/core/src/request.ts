import type { JsonObject } from "./json/json.ts";
import type { Assurance, Gateway } from "./vocabulary.ts";

/**
 * What a gateway decoded from one wire message. Everything but `caller` and `session` is the
 * caller's word; nothing in here has been judged yet.
 */
export interface ActionRequest {
  /** Unique per attempt; names the action in every record, reply and log line. */
  readonly id: string;
  readonly gateway: Gateway;
  /** Who presented which kind of credential; resolved by identity, never taken from arguments. */
  readonly caller: Caller;
  /** The configured upstream that would receive the action. */
  readonly upstream: string;
  /** The protocol's own name of the operation, for example `tools/call`. */
  readonly operation: string;
  /** Tool, prompt or resource that the operation names, as its exact code points; null if none. */
  readonly target: string | null;
  readonly arguments: JsonObject;
  /** What the upstream says the tool is; its word, pinned by digest. Null for operations without a tool. */
  readonly definition: ToolDefinition | null;
  /** SHA-256 of the wire bytes this was decoded from, `sha256:<hex>`, and their length. */
  readonly bytes: { readonly digest: string; readonly length: number };
  /** An approval the caller presents, if any. */
  readonly handle: string | null;
  /**
   * Folder that relative paths start from, where a client acts itself and says so; null where it does
   * not say. Absent: the upstream's own folder.
   */
  readonly cwd?: string | null;
}

export interface ToolDefinition {
  /** `sha256:` over the canonical definition: name, description, schemas, annotations. */
  readonly digest: string;
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly annotations: JsonObject;
}

/** An authenticated caller: the credential decides session and principal chain. */
export interface Caller {
  readonly credential: string;
  readonly session: string;
  readonly assurance: Assurance;
  /** Head first: the human the agent acts for (if any), the agent, its sub-agents. */
  readonly chain: readonly Principal[];
}

export interface Principal {
  readonly type: "User" | "Agent";
  readonly id: string;
  /** Every group, directly or through another group: the list is closed. */
  readonly groups: readonly string[];
}
