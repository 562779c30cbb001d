import { isObject, type Json, type JsonObject, member } from "@bylaw/core";
import type { RequestMessage } from "../jsonrpc.ts";
import { withMember } from "../splice.ts";
import type { Item } from "../wire.ts";
import { type Names, readUri } from "./names.ts";

/** Where a request to the merged endpoint goes. */
export type Destination =
  | { readonly kind: "every" }
  | { readonly kind: "one"; readonly upstream: string; readonly item: Item<RequestMessage> }
  /** A shortened name that no list has shown: the server's lists have to be read first. */
  | { readonly kind: "unread"; readonly upstream: string }
  | { readonly kind: "nowhere"; readonly code: string };

const NAMED: readonly string[] = ["tools/call", "prompts/get"];
const ADDRESSED: readonly string[] = [
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
];
const TASKS: readonly string[] = ["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"];

/** In: a request as the client wrote it. Out: who gets it, and how it is written for that server. */
export function destinationOf(names: Names, item: Item<RequestMessage>): Destination {
  const { method, params } = item.message;
  const to = (path: readonly string[], key: string, read: Read): Destination => {
    if ("code" in read) return { kind: "nowhere", code: read.code };
    const { upstream, value } = read;
    if (value === null) return { kind: "unread", upstream };
    return { kind: "one", upstream, item: rewritten(item, path, key, value) };
  };
  if (NAMED.includes(method)) {
    const read = nameOf(names, member(params, "name"));
    const unknown = method === "tools/call" ? "tool.unknown" : "params.target";
    return to(["params"], "name", "code" in read && read.code === "" ? { code: unknown } : read);
  }
  if (ADDRESSED.includes(method))
    return to(["params"], "uri", addressOf(names, member(params, "uri")));
  if (TASKS.includes(method))
    return to(["params"], "taskId", taskOf(names, member(params, "taskId")));
  if (method === "tasks/list") return { kind: "nowhere", code: "method.unknown" };
  if (method !== "completion/complete") return { kind: "every" };
  const ref = member(params, "ref");
  if (!isObject(ref)) return { kind: "nowhere", code: "params.target" };
  const prompt = member(ref, "type") === "ref/prompt";
  const read = prompt ? nameOf(names, member(ref, "name")) : addressOf(names, member(ref, "uri"));
  const found = "code" in read && read.code === "" ? { code: "params.target" } : read;
  return to(["params", "ref"], prompt ? "name" : "uri", found);
}

type Read =
  | { readonly upstream: string; readonly value: string | null }
  | { readonly code: string };

function nameOf(names: Names, shown: Json | undefined): Read {
  if (typeof shown !== "string" || shown === "") return { code: "params.target" };
  const read = names.read(shown);
  if (read === null) return { code: "" };
  if (read.name === null && names.ambiguous(shown)) return { code: "tool.ambiguous" };
  return { upstream: read.upstream, value: read.name };
}

function addressOf({ upstreams }: Names, shown: Json | undefined): Read {
  const read = typeof shown === "string" ? readUri(upstreams, shown) : null;
  return read === null ? { code: "params.target" } : { upstream: read.upstream, value: read.uri };
}

/** A task's id behind the name of its server. */
export function shownTask(upstream: string, taskId: string): string {
  return `${upstream}:${taskId}`;
}

function taskOf({ upstreams }: Names, shown: Json | undefined): Read {
  const at = typeof shown === "string" ? shown.indexOf(":") : -1;
  if (typeof shown !== "string" || at < 0) return { code: "params.target" };
  const upstream = shown.slice(0, at);
  const value = shown.slice(at + 1);
  return upstreams.includes(upstream) && value !== ""
    ? { upstream, value }
    : { code: "params.target" };
}

/** The same request with one member written as its server wrote it; every other byte stays. */
function rewritten(
  { message, bytes }: Item<RequestMessage>,
  path: readonly string[],
  key: string,
  value: string,
): Item<RequestMessage> {
  const { params } = message;
  const inner = path[1];
  const changed: JsonObject =
    inner === undefined
      ? { ...params, [key]: value }
      : { ...params, [inner]: { ...(params[inner] as JsonObject), [key]: value } };
  return {
    message: { ...message, params: changed },
    bytes: withMember(bytes, path, key, JSON.stringify(value)),
  };
}
