import { fail, isObject, type JsonObject, member, ok, type Result } from "@bylaw/core";

/** Revisions without sessions that are served, newest first. */
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];

/** Members of `_meta` that this revision reserves (2026-07-28, "Request metadata"). */
export const META = {
  version: "io.modelcontextprotocol/protocolVersion",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  client: "io.modelcontextprotocol/clientInfo",
  subscription: "io.modelcontextprotocol/subscriptionId",
} as const;

/** What a request without a session says about who sent it: the client's own word. */
export interface RequestMeta {
  readonly version: string;
  readonly capabilities: JsonObject;
}

/** In: the parameters of a request. Out: what its `_meta` must say in this era, or that it does not. */
export function readMeta(params: JsonObject): Result<RequestMeta, "params.meta"> {
  const meta = member(params, "_meta");
  if (!isObject(meta)) return fail("params.meta");
  const version = member(meta, META.version);
  const capabilities = member(meta, META.capabilities);
  if (typeof version !== "string" || !isObject(capabilities)) return fail("params.meta");
  return ok({ version, capabilities });
}

/** The extension whose methods are `tasks/…`. */
export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

/** Names of the extensions that a server offers, from its answer to `server/discover`. */
export function extensionsOf(discovered: JsonObject): readonly string[] {
  const capabilities = member(discovered, "capabilities");
  const extensions = isObject(capabilities) ? member(capabilities, "extensions") : undefined;
  return isObject(extensions) ? Object.keys(extensions) : [];
}

/** The `_meta` of requests that Bylaw makes by itself: it answers nothing that a server may ask. */
export const OWN_META: JsonObject = {
  [META.version]: MODERN_VERSIONS[0] as string,
  [META.client]: { name: "bylaw", version: "1" },
  [META.capabilities]: {},
};
