import { fail, isArray, isObject, type Json, type JsonObject, ok, type Result } from "@bylaw/core";
import { visible } from "../visible.ts";

/** Members of a server by which Codex hands on variables of its own environment (Codex docs, "MCP"). */
export const FROM_ENVIRONMENT = ["env_vars", "bearer_token_env_var", "env_http_headers"] as const;

/** A server with the values in it, and the variables that they are of. */
export interface Filled {
  readonly entry: JsonObject;
  readonly variables: readonly string[];
}

/**
 * Puts the values in that Codex would take from its environment, as this one has them: the gateway starts
 * the server from then on, and has another environment. `env` and `headers` are under the names that other
 * clients use. Fails with a sentence where a value cannot be known.
 */
export function withVariables(
  entry: JsonObject,
  environment: (name: string) => string | null,
): Result<Filled, string> {
  const read = wanted(entry);
  if (!read.ok) return read;
  const { env, headers, bearer } = read.value;
  const variables = [
    ...new Set([...env, ...headers.values(), ...(bearer === null ? [] : [bearer])]),
  ];
  const values = new Map(variables.map((name) => [name, environment(name)]));
  const missing = variables.filter((name) => !values.get(name));
  if (missing.length > 0) return fail(notSet(missing));
  const value = (name: string): string => values.get(name) ?? "";
  const set = [
    ...[...headers].map(([header, name]) => [header, value(name)] as const),
    ...(bearer === null ? [] : [["Authorization", `Bearer ${value(bearer)}`] as const]),
  ];
  const there = objectOf(entry["headers"]);
  const names = [...Object.keys(there), ...set.map(([header]) => header)];
  const twice = names.find((name, at) => indexOf(names, name) !== at);
  if (twice !== undefined) return fail(`gives the header \`${visible(twice)}\` in two ways`);
  const filled = {
    ...(env.length === 0 ? {} : { env: { ...pairs(env, value), ...objectOf(entry["env"]) } }),
    ...(set.length === 0 ? {} : { headers: { ...there, ...Object.fromEntries(set) } }),
  };
  return ok({ entry: { ...entry, ...filled }, variables });
}

interface Wanted {
  readonly env: readonly string[];
  /** Variable by header. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bearer: string | null;
}

function wanted(entry: JsonObject): Result<Wanted, string> {
  const { env_vars = [], bearer_token_env_var: bearer = null, env_http_headers = {} } = entry;
  if (!isArray(env_vars)) return fail("has `env_vars` that are not a list");
  const env = env_vars.map(localName);
  const odd = env.indexOf(null);
  if (odd !== -1) return fail(`has \`env_vars\` of which only Codex knows where they are`);
  if (bearer !== null && typeof bearer !== "string")
    return fail("has a `bearer_token_env_var` that is not a text");
  const headers = isObject(env_http_headers) ? Object.entries(env_http_headers) : null;
  if (headers === null || headers.some(([, name]) => typeof name !== "string"))
    return fail("has `env_http_headers` that are not texts");
  return ok({
    env: env as readonly string[],
    headers: new Map(headers as readonly (readonly [string, string])[]),
    bearer,
  });
}

/** `"NAME"`, or `{ name = "NAME" }`; with another source than Codex's own machine null. */
function localName(one: Json): string | null {
  if (typeof one === "string") return one;
  if (!isObject(one)) return null;
  const { name, source = "local" } = one;
  return typeof name === "string" && source === "local" ? name : null;
}

function notSet(names: readonly string[]): string {
  const list = names.map((name) => `\`${visible(name)}\``).join(", ");
  return `takes ${list} of Codex's environment, not set here: connect again where it is`;
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== undefined && isObject(value) ? value : {};
}

/** Headers are the same in any case. */
function indexOf(names: readonly string[], name: string): number {
  return names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
}

function pairs(names: readonly string[], value: (name: string) => string): JsonObject {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
