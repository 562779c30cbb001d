import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { fail, isObject, type Json, type JsonObject, member, ok, type Result } from "@bylaw/core";
import type { NotificationMessage, RequestMessage } from "../jsonrpc.ts";
import { modernVersion } from "../methods.ts";

/** Headers that repeat what the body says, lower case. What is decided is the body, never these. */
export type Mirror = Readonly<Record<string, string>>;

export type MirrorCode = "mirror.missing" | "mirror.mismatch" | "mirror.malformed";

/** Requests whose `name` or `uri` has a header too (2026-07-28, "Standard request headers"). */
const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** Out: null when the standard headers say what the body says, else what is wrong with them. */
export function checkMirror(
  headers: IncomingHttpHeaders,
  message: RequestMessage | NotificationMessage,
): MirrorCode | null {
  const wanted: [string, Json | undefined][] = [
    ["mcp-protocol-version", modernVersion(message.params) ?? undefined],
    ["mcp-method", message.method],
  ];
  const key = Object.hasOwn(NAMED, message.method) ? NAMED[message.method] : undefined;
  if (message.kind === "request" && key !== undefined)
    wanted.push(["mcp-name", member(message.params, key)]);
  for (const [name, value] of wanted) {
    // A body that does not say it has nothing to repeat; its own reader refuses it.
    if (typeof value !== "string") continue;
    const code = compare(headers[name], value);
    if (code !== null) return code;
  }
  return null;
}

/** The standard headers of a request to an upstream. */
export function mirrorOf({ method, params }: RequestMessage): Mirror {
  const key = Object.hasOwn(NAMED, method) ? NAMED[method] : undefined;
  const value = key === undefined ? undefined : member(params, key);
  return {
    "mcp-method": method,
    ...(typeof value === "string" ? { "mcp-name": encodeValue(value) } : {}),
  };
}

/** An argument that its tool wants repeated in a header. */
interface MirroredArgument {
  readonly header: string;
  readonly path: readonly string[];
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const MIRRORED_TYPES: readonly Json[] = ["string", "integer", "boolean"];
/** Depth of a schema that is looked through. */
const SCHEMA_DEPTH_MAX = 64;

/**
 * The arguments that a tool's `x-mcp-header` annotations name. A tool that breaks the rules for them
 * must not be shown (2026-07-28, "Custom headers from tool parameters").
 */
export function mirroredArguments(
  schema: JsonObject,
): Result<readonly MirroredArgument[], "tool.header"> {
  const found: MirroredArgument[] = [];
  const valid = collect(schema, [], found);
  const names = new Set(found.map(({ header }) => header));
  return valid && names.size === found.length ? ok(found) : fail("tool.header");
}

function collect(schema: JsonObject, path: readonly string[], found: MirroredArgument[]): boolean {
  if (path.length > SCHEMA_DEPTH_MAX) return false;
  const properties = member(schema, "properties");
  if (!isObject(properties)) return true;
  return Object.entries(properties).every(([name, property]) => {
    if (!isObject(property)) return true;
    const own = [...path, name];
    const header = member(property, "x-mcp-header");
    if (header === undefined) return collect(property, own, found);
    const type = member(property, "type");
    if (typeof header !== "string" || !TOKEN.test(header)) return false;
    if (type === undefined || !MIRRORED_TYPES.includes(type)) return false;
    found.push({ header: `mcp-param-${header.toLowerCase()}`, path: own });
    return true;
  });
}

/**
 * The headers that repeat a call's arguments. `received` are the client's own, null where its transport
 * has none: they must say the same.
 */
export function argumentMirror(
  schema: JsonObject,
  args: JsonObject,
  received: IncomingHttpHeaders | null,
): Result<Mirror, MirrorCode | "tool.header"> {
  const mirrored = mirroredArguments(schema);
  if (!mirrored.ok) return mirrored;
  const headers: Record<string, string> = {};
  for (const { header, path } of mirrored.value) {
    const value = at(args, path);
    const absent = value === undefined || value === null;
    if (received !== null) {
      const code = absent
        ? received[header] === undefined
          ? null
          : "mirror.mismatch"
        : compare(received[header], value);
      if (code !== null) return fail(code);
    }
    if (absent) continue;
    const text = textOf(value);
    if (text === null) return fail("mirror.malformed");
    headers[header] = encodeValue(text);
  }
  return ok(headers);
}

/** Headers of this family that no annotation asks for: an intermediary hands them on and reads nothing into them. */
export function unknownMirror(received: IncomingHttpHeaders, known: Mirror): Mirror {
  return Object.fromEntries(
    Object.entries(received).flatMap(([name, value]) =>
      name.startsWith("mcp-param-") && !(name in known) && typeof value === "string"
        ? [[name, value]]
        : [],
    ),
  );
}

function at(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const step of path) value = isObject(value) ? member(value, step) : undefined;
  return value;
}

function compare(header: string | string[] | undefined, value: Json): MirrorCode | null {
  if (header === undefined) return "mirror.missing";
  const text = typeof header === "string" ? decodeValue(header) : null;
  if (text === null) return "mirror.malformed";
  if (typeof value === "number")
    // 42.0 and 42 are one number ("Server validation").
    return /^-?\d{1,16}(?:\.0{1,8})?$/.test(text) && Number(text) === value
      ? null
      : "mirror.mismatch";
  return text === textOf(value) ? null : "mirror.mismatch";
}

/** Null for what no header can repeat. */
function textOf(value: Json): string | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}

const PLAIN = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
const SENTINEL = /^=\?base64\?(.*)\?=$/s;

/** Null for what no header may contain and for base64 with two readings. */
function decodeValue(header: string): string | null {
  if (header === "") return "";
  if (!PLAIN.test(header)) return null;
  const encoded = SENTINEL.exec(header)?.[1];
  if (encoded === undefined) return header;
  const bytes = Buffer.from(encoded, "base64");
  return bytes.toString("base64") === encoded && isUtf8(bytes) ? bytes.toString("utf8") : null;
}

function encodeValue(value: string): string {
  if (value === "" || (PLAIN.test(value) && !SENTINEL.test(value))) return value;
  return `=?base64?${Buffer.from(value).toString("base64")}?=`;
}
