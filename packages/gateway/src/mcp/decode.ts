import {
  type ActionRequest,
  type Caller,
  fail,
  isObject,
  type JsonObject,
  member,
  ok,
  type Result,
  type ToolDefinition,
} from "@bylaw/core";
import { wireBytes } from "../wire-bytes.ts";
import type { RequestMessage } from "./jsonrpc.ts";
import { encode } from "./jsonrpc.ts";
import type { RequestMethod } from "./methods.ts";
import type { Item } from "./wire.ts";

/** Where a client puts the approval it presents. */
export const APPROVAL_KEY = "dev.bylaw/approval";

export type ParamsErrorCode =
  | "params.member"
  | "params.target"
  | "params.arguments"
  | "params.meta";

/** What a request asks for, before anybody has judged it. */
export interface Decoded {
  readonly target: string | null;
  readonly arguments: JsonObject;
  readonly handle: string | null;
  readonly progressToken: string | number | null;
  /** What to send: the original bytes, or the message without the approval it presents. */
  readonly outbound: Uint8Array;
}

/** In: a request of a known method. Out: its action parts, or why it cannot be one. */
export function decodeRequest(
  item: Item<RequestMessage>,
  method: RequestMethod,
  approvalChars: number,
): Result<Decoded, ParamsErrorCode> {
  const { params } = item.message;
  if (!onlyMembers(params, method.members)) return fail("params.member");
  const target = method.target(params);
  if (target === undefined) return fail("params.target");
  const args = argumentsOf(params, method.argumentsIn);
  if (args === null) return fail("params.arguments");
  const meta = member(params, "_meta") ?? {};
  if (!isObject(meta)) return fail("params.meta");
  const handle = member(meta, APPROVAL_KEY) ?? null;
  const token = member(meta, "progressToken") ?? null;
  if (handle !== null && (typeof handle !== "string" || handle.length > approvalChars))
    return fail("params.meta");
  if (token !== null && typeof token !== "string" && typeof token !== "number")
    return fail("params.meta");
  return ok({
    target,
    arguments: args,
    handle,
    progressToken: token,
    outbound: APPROVAL_KEY in meta ? withoutApproval(item.message, meta) : item.bytes,
  });
}

/** Servers that read keys without regard to case would take `Name` for `name`: only known members. */
export function onlyMembers(params: JsonObject, members: readonly string[]): boolean {
  return Object.keys(params).every((key) => key === "_meta" || members.includes(key));
}

function argumentsOf(params: JsonObject, key: string | null): JsonObject | null {
  if (key !== null) {
    const value = member(params, key) ?? {};
    return isObject(value) ? value : null;
  }
  return without(params, "_meta");
}

/** An approval id is between the client and Bylaw; an upstream that saw one could try to spend it. */
function withoutApproval(message: RequestMessage, meta: JsonObject): Uint8Array {
  const { id, method, params } = message;
  const kept = without(meta, APPROVAL_KEY);
  return encode({ jsonrpc: "2.0", id, method, params: { ...params, _meta: kept } });
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

export function toAction(
  id: string,
  operation: string,
  decoded: Decoded,
  bytes: Uint8Array,
  where: { readonly caller: Caller; readonly upstream: string },
  definition: ToolDefinition | null,
): ActionRequest {
  return {
    id,
    gateway: "mcp",
    caller: where.caller,
    upstream: where.upstream,
    operation,
    target: decoded.target,
    arguments: decoded.arguments,
    definition,
    bytes: wireBytes(bytes),
    handle: decoded.handle,
  };
}
