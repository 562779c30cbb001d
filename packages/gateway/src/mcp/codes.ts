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

/** Asked for a protocol revision that is not served (2026-07-28, "Unsupported protocol version"). */
export const UNSUPPORTED_VERSION = -32022;

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
  "batch.refused": RPC.batch,
  "gateway.draining": RPC.draining,
  "approval.rejected": RPC.notApproved,
  "approval.expired": RPC.notApproved,
  "approval.withdrawn": RPC.notApproved,
};

const FAMILIES: Readonly<Record<string, number>> = {
  batch: RPC.invalid,
  cancel: RPC.invalid,
  client: RPC.upstream,
  credential: RPC.credential,
  header: RPC.invalid,
  http: RPC.invalid,
  id: RPC.invalid,
  limit: RPC.limit,
  message: RPC.invalid,
  progress: RPC.invalid,
  response: RPC.invalid,
  session: RPC.session,
  tool: RPC.blocked,
  obligation: RPC.blocked,
  upstream: RPC.upstream,
};

/** The JSON-RPC code that a reason code of this gateway is answered with; unknown ones are internal. */
export function rpcCode(code: string): number {
  if (Object.hasOwn(EXACT, code)) return EXACT[code] as number;
  const family = code.slice(0, code.indexOf("."));
  return Object.hasOwn(FAMILIES, family) ? (FAMILIES[family] as number) : RPC.internal;
}

const TEXTS: Readonly<Record<string, string>> = {
  "batch.empty": "an empty batch asks for nothing",
  "batch.items": "the batch has more items than the limit",
  "batch.refused": "another message of the same batch was refused, so none of it was forwarded",
  "batch.version": "the negotiated protocol version has no batches",
  "batch.member": "this message cannot be part of a batch",
  "client.unreachable": "the client has no open stream that could carry the request",
  "client.cancelled": "the client cancelled the request",
  "gateway.draining": "bylaw is stopping; nothing was forwarded",
  "header.ambiguous": "a header that must occur once occurs twice",
  "header.mismatch": "a header says something else than the body",
  "id.in_flight": "a request with this id is still unanswered, or was abandoned in this session",
  "json.depth": "the message is nested too deeply",
  "json.duplicate_key": "an object has the same key twice",
  "json.number": "a number cannot be read exactly",
  "json.surrogate": "a text contains half a character",
  "limit.in_flight": "too many unanswered requests in this session",
  "limit.sessions": "too many open sessions",
  "message.member": "the message has members that json-rpc does not know",
  "method.unknown": "the method is not known to bylaw, so nobody can say what it does",
  "obligation.unsupported": "the policy asks for a change of the result that cannot be made here",
  "params.member": "the parameters have members that this method does not know",
  "params.target": "the parameters do not name what the method acts on",
  "response.unmatched": "no request with this id waits for an answer",
  "session.begun": "the session has been initialized already",
  "session.missing": "begin with `initialize`, and send the session id of its answer",
  "session.uninitialized": "begin with `initialize`",
  "session.unknown": "no such session; begin again with `initialize`",
  "tool.ambiguous": "the upstream lists two tools of this name, so nobody can say which one runs",
  "tool.changed": "the tool's definition changed while the call waited; nothing was forwarded",
  "tool.unknown": "the upstream lists no tool of exactly this name",
  "upstream.closed":
    "the upstream ended before it answered; the action may or may not have happened",
  "upstream.garbage": "the upstream sent something that is not mcp",
  "upstream.no_answer": "the upstream ended its reply without an answer",
  "upstream.oversize": "the upstream's answer is larger than the limit",
  "upstream.session": "the upstream has forgotten the session",
  "upstream.stalled": "the upstream does not read what it is sent; nothing was forwarded",
  "upstream.status": "the upstream answered with an http error",
  "upstream.start": "the upstream could not be started",
  "upstream.timeout":
    "the upstream did not answer in time; the action may or may not have happened",
  "upstream.unauthorized": "the upstream did not accept bylaw's credential",
  "upstream.unknown": "no upstream of this name is configured",
  "upstream.unreachable": "the upstream cannot be reached",
  "upstream.version": "the upstream chose a protocol version that bylaw does not know",
  "wire.oversize": "the message is larger than the limit",
  "wire.utf8": "the message is not valid utf-8",
};

/** What a code means, for people; the code itself where there is nothing to add. */
export function codeText(code: string): string {
  return Object.hasOwn(TEXTS, code) ? (TEXTS[code] as string) : code;
}
