import { isObject, type Json, type JsonObject, member } from "@bylaw/core";
import { encode } from "../jsonrpc.ts";
import { withMember } from "../splice.ts";
import { type Names, shownUri } from "./names.ts";
import { shownTask } from "./routing.ts";

/**
 * A server's answer as a client of the merged endpoint gets it: addresses of resources and ids of tasks
 * in their own places say whose they are. Text is nobody's address and stays.
 *
 * In: the bytes of a response that has been read before.
 */
export function outwardAnswer(upstream: string, bytes: Uint8Array): Uint8Array {
  // Most answers have neither, and are not read a second time.
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!view.includes('"uri"') && !view.includes('"taskId"')) return bytes;
  const { result } = JSON.parse(view.toString("utf8")) as JsonObject;
  if (!isObject(result)) return bytes;
  let shown = bytes;
  for (const [key, write] of Object.entries(PLACES)) {
    const value = member(result, key);
    if (value === undefined) continue;
    const next = write(upstream, value);
    if (next !== value) shown = withMember(shown, ["result"], key, JSON.stringify(next));
  }
  return shown;
}

type Write = (upstream: string, value: Json) => Json;

/** Members of results that hold addresses or ids. */
const PLACES: Readonly<Record<string, Write>> = {
  content: each(block),
  contents: each(addressed),
  messages: each((upstream, value) => {
    if (!isObject(value)) return value;
    const content = member(value, "content");
    if (content === undefined) return value;
    return {
      ...value,
      content: Array.isArray(content) ? each(block)(upstream, content) : block(upstream, content),
    };
  }),
  taskId: taskId,
  task: (upstream, value) => {
    const id = isObject(value) ? member(value, "taskId") : undefined;
    return id === undefined ? value : { ...(value as JsonObject), taskId: taskId(upstream, id) };
  },
  // What a finished task came to.
  result: (upstream, value) => {
    const content = isObject(value) ? member(value, "content") : undefined;
    return content === undefined
      ? value
      : { ...(value as JsonObject), content: each(block)(upstream, content) };
  },
};

function each(write: Write): Write {
  return (upstream, value) =>
    Array.isArray(value) ? value.map((one: Json) => write(upstream, one)) : value;
}

function addressed(upstream: string, value: Json): Json {
  const uri = isObject(value) ? member(value, "uri") : undefined;
  return typeof uri === "string"
    ? { ...(value as JsonObject), uri: shownUri(upstream, uri) }
    : value;
}

function block(upstream: string, value: Json): Json {
  if (!isObject(value)) return value;
  if (member(value, "type") === "resource_link") return addressed(upstream, value);
  const resource = member(value, "resource");
  return member(value, "type") === "resource" && resource !== undefined
    ? { ...value, resource: addressed(upstream, resource) }
    : value;
}

function taskId(upstream: string, id: Json): Json {
  return typeof id === "string" ? shownTask(upstream, id) : id;
}

/** A server's notification about something with an address or an id; null: it is not for clients. */
export function outwardNotification(
  upstream: string,
  method: string,
  params: JsonObject,
): Uint8Array {
  const uri = member(params, "uri");
  const task = member(params, "taskId");
  const shown: JsonObject = {
    ...params,
    ...(typeof uri === "string" ? { uri: shownUri(upstream, uri) } : {}),
    ...(typeof task === "string" ? { taskId: shownTask(upstream, task) } : {}),
  };
  return encode({ jsonrpc: "2.0", method, params: shown });
}

/** One kind of list: where its entries stand, and how each is shown. */
export interface ListKind {
  readonly key: string;
  /** Null for an entry that names nothing. */
  show(names: Names, upstream: string, entry: JsonObject): JsonObject | null;
}

const named: ListKind["show"] = (names, upstream, entry) => {
  const name = member(entry, "name");
  return typeof name === "string" && name !== ""
    ? { ...entry, name: names.shown(upstream, name) }
    : null;
};

const at =
  (key: "uri" | "uriTemplate"): ListKind["show"] =>
  (_names, upstream, entry) => {
    const uri = member(entry, key);
    return typeof uri === "string" ? { ...entry, [key]: shownUri(upstream, uri) } : null;
  };

export const LISTS: ReadonlyMap<string, ListKind> = new Map([
  ["tools/list", { key: "tools", show: named }],
  ["prompts/list", { key: "prompts", show: named }],
  ["resources/list", { key: "resources", show: at("uri") }],
  ["resources/templates/list", { key: "resourceTemplates", show: at("uriTemplate") }],
]);

/** The entries of one server's list that can be shown; null for what is no list. */
export function entriesOf(kind: ListKind, page: JsonObject): readonly JsonObject[] | null {
  const written = member(page, kind.key);
  return Array.isArray(written) ? (written as readonly Json[]).filter(isObject) : null;
}

/** A text of a message for people; empty for what is no text. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
