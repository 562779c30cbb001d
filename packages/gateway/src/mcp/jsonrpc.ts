import { fail, isObject, type Json, type JsonObject, member, ok, type Result } from "@bylaw/core";

export type RequestId = string | number;

export interface RequestMessage {
  readonly kind: "request";
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject;
}

export interface NotificationMessage {
  readonly kind: "notification";
  readonly method: string;
  readonly params: JsonObject;
}

export interface ResponseMessage {
  readonly kind: "response";
  /** Null only in an error about a request whose id could not be read. */
  readonly id: RequestId | null;
  readonly body:
    | { readonly kind: "result"; readonly result: JsonObject }
    | { readonly kind: "error"; readonly error: JsonObject };
}

export type Message = RequestMessage | NotificationMessage | ResponseMessage;

export type MessageErrorCode =
  | "message.shape"
  | "message.version"
  | "message.member"
  | "message.method"
  | "message.params"
  | "message.id";

const MAX_ID_CHARS = 256;
const MAX_METHOD_CHARS = 128;
const NO_PARAMS: JsonObject = Object.freeze(Object.create(null) as JsonObject);
const MEMBERS = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);

/**
 * Reads a JSON value as one JSON-RPC 2.0 message of MCP, or says why it is none.
 *
 * Members outside the specification are refused: servers whose JSON reader ignores case (Go's does)
 * would take `Method` for `method` and run something else than what was decided.
 */
export function classify(value: Json): Result<Message, MessageErrorCode> {
  if (!isObject(value)) return fail("message.shape");
  if (!Object.keys(value).every((key) => MEMBERS.has(key))) return fail("message.member");
  if (value["jsonrpc"] !== "2.0") return fail("message.version");
  return member(value, "method") === undefined ? response(value) : call(value);
}

function call(value: JsonObject): Result<Message, MessageErrorCode> {
  const method = value["method"];
  if (typeof method !== "string" || method === "" || method.length > MAX_METHOD_CHARS)
    return fail("message.method");
  // A message that is both a call and an answer would be matched by one reader and run by another.
  if ("result" in value || "error" in value) return fail("message.shape");
  const params = member(value, "params") ?? NO_PARAMS;
  if (!isObject(params)) return fail("message.params");
  if (!("id" in value)) return ok({ kind: "notification", method, params });
  const id = value["id"];
  return isId(id) ? ok({ kind: "request", id, method, params }) : fail("message.id");
}

function response(value: JsonObject): Result<Message, MessageErrorCode> {
  if ("params" in value) return fail("message.shape");
  const { result, error } = value;
  const id = member(value, "id") ?? null;
  if (result !== undefined && error === undefined) {
    if (!isId(id)) return fail("message.id");
    if (!isObject(result)) return fail("message.shape");
    return ok({ kind: "response", id, body: { kind: "result", result } });
  }
  if (error === undefined || result !== undefined || !isObject(error)) return fail("message.shape");
  if (id !== null && !isId(id)) return fail("message.id");
  return ok({ kind: "response", id, body: { kind: "error", error } });
}

export function isId(value: Json | undefined): value is RequestId {
  return typeof value === "string"
    ? value.length <= MAX_ID_CHARS
    : typeof value === "number" && Number.isSafeInteger(value);
}

/** `1` and `"1"` are two ids: a key that keeps them apart. */
export function idKey(id: RequestId): string {
  return typeof id === "number" ? `n${id}` : `s${id}`;
}

export function encode(value: Json): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function resultBytes(id: RequestId, result: JsonObject): Buffer {
  return encode({ jsonrpc: "2.0", id, result });
}

export function errorBytes(
  id: RequestId | null,
  code: number,
  message: string,
  data: JsonObject | null,
): Buffer {
  const error: JsonObject = data === null ? { code, message } : { code, message, data };
  return encode({ jsonrpc: "2.0", id, error });
}

export function notificationBytes(method: string, params: JsonObject): Buffer {
  return encode({ jsonrpc: "2.0", method, params });
}
