/**
 * Every JSON-RPC error code that Bylaw itself answers with. -32001 and -32002 mean other things to the
 * SDKs, -32020 to -32099 belong to MCP: only the codes of JSON-RPC and -32010 to -32019 occur.
 */
export const RPC = {
  parse: -32700,
  invalid: -32600,
  unknownMethod: -32601,
  params: -32602,
  internal: -32603,
  /** Blocked by policy, or because something could not be established. */
  blocked: -32010,
  /** Waits for a person; `data.approval` names the request. */
  pending: -32011,
  /** A person said no, or nobody answered in time, or the request was withdrawn. */
  notApproved: -32012,
  /** Over a limit of Bylaw's own. */
  limit: -32013,
  /** Well-formed, but two readers could understand it differently. */
  ambiguous: -32014,
  /** The upstream is not there, died, stayed silent or answered nonsense. */
  upstream: -32015,
  /** Another item of the same batch was refused. */
  batch: -32016,
  /** Bylaw is stopping. */
  draining: -32017,
  /** The credential is missing or not accepted. */
  credential: -32018,
  /** The session is unknown, over, or not in a state for this. */
  session: -32019,
} as const;

/** Codes that 2026-07-28 gives one meaning, and that Bylaw answers with in that meaning alone. */
export const MODERN_RPC = {
  /** A header does not say what the body says. */
  headerMismatch: -32020,
  /** A protocol revision that is not served. */
  unsupportedVersion: -32022,
} as const;

const EXACT: Readonly<Record<string, number>> = {
  "wire.utf8": RPC.parse,
  "wire.oversize": RPC.invalid,
  "json.syntax": RPC.parse,
  "json.trailing": RPC.parse,
  "json.depth": RPC.limit,
  "json.nodes": RPC.limit,
  "json.duplicate_key": RPC.ambiguous,
  "json.forbidden_key": RPC.ambiguous,
  "json.number": RPC.ambiguous,
  "json.surrogate": RPC.ambiguous,
  "method.unknown": RPC.unknownMethod,
  "message.params": RPC.params,
  "params.member": RPC.params,
  "params.target": RPC.params,
  "params.arguments": RPC.params,
  "params.meta": RPC.params,
  "tool.unknown": RPC.params,
  "batch.refused": RPC.batch,
  "gateway.draining": RPC.draining,
  "approval.rejected": RPC.notApproved,
  "approval.expired": RPC.notApproved,
  "approval.withdrawn": RPC.notApproved,
};

const FAMILIES: Readonly<Record<string, number>> = {
  authority: RPC.blocked,
  batch: RPC.invalid,
  cancel: RPC.invalid,
  client: RPC.upstream,
  credential: RPC.credential,
  definition: RPC.blocked,
  header: RPC.invalid,
  http: RPC.invalid,
  id: RPC.invalid,
  limit: RPC.limit,
  message: RPC.invalid,
  mirror: MODERN_RPC.headerMismatch,
  progress: RPC.invalid,
  response: RPC.invalid,
  session: RPC.session,
  state: RPC.params,
  task: RPC.params,
  tool: RPC.blocked,
  obligation: RPC.blocked,
  upstream: RPC.upstream,
  version: MODERN_RPC.unsupportedVersion,
};

/** The JSON-RPC code that a reason code of this gateway is answered with; unknown ones are internal. */
export function rpcCode(code: string): number {
  if (Object.hasOwn(EXACT, code)) return EXACT[code] as number;
  const family = code.slice(0, code.indexOf("."));
  return Object.hasOwn(FAMILIES, family) ? (FAMILIES[family] as number) : RPC.internal;
}

/**
 * The HTTP status that goes with an error of this gateway in revision 2026-07-28. A refusal is an answer:
 * only what the transport or the protocol forbids has a status of its own.
 */
export function statusOf(code: number): number {
  if (code === RPC.unknownMethod) return 404;
  const malformed: readonly number[] = [RPC.parse, RPC.invalid, RPC.params, RPC.ambiguous];
  return malformed.includes(code) || Object.values<number>(MODERN_RPC).includes(code) ? 400 : 200;
}
