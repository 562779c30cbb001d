import { basename, isAbsolute } from "node:path";
import { fail, isArray, isObject, type Json, type JsonObject, ok, type Result } from "@bylaw/core";
import type { NewUpstream } from "@bylaw/server";
import { visible } from "../visible.ts";
import type { ConnectContext, ConnectError, Edit } from "./client.ts";
import { memberOf, type Node, plain, readJsonc, withMembers } from "./jsonc.ts";
import { type Named, putBack, type Replacement, replaced } from "./replacement.ts";

/** Members of an entry that say what is started or called; they go to bylaw.yaml. */
const MOVED = ["command", "args", "env", "envFile", "cwd", "url", "headers", "type", "transport"];
/** Shorter values say nothing to whoever sees them, and stand everywhere. */
const SECRET_UNITS_MIN = 6;

/** Where a file lists servers. */
export interface Lists {
  /** Keys that may hold them; the first one that is there counts. */
  readonly keys: readonly string[];
  /** Key of an object that lists further ones by folder, each under the same keys. */
  readonly folders?: string;
  /** Whether the client fills in `$NAME` too, and not only `${NAME}`. */
  readonly bareVariables?: boolean;
}

/**
 * Lets every MCP server of a file be reached through Bylaw: each entry becomes a bridge to an upstream
 * of the same name, and what it started or called, with its secrets, becomes that upstream.
 */
export function connectServers(
  text: string | null,
  lists: Lists,
  context: ConnectContext,
): Result<Edit, ConnectError> {
  if (text === null) return fail({ code: "connect.missing", message: "the file is not there" });
  const read = readJsonc(text);
  if (!read.ok) {
    const { line, column, message } = read.error;
    const where = `${context.file.path}:${line}:${column}`;
    return fail({ code: "connect.syntax", message: `${where}: ${message}; nothing was changed` });
  }
  const found = listsOf(read.value, lists);
  if (found.length === 0) {
    const keys = lists.keys.map((key) => `\`${key}\``).join(" or ");
    const message = `${context.file.path}: no MCP servers under ${keys}`;
    return fail({ code: "connect.no_servers", message });
  }
  const notes: string[] = [];
  const secrets: string[] = [];
  const changes: Replacement[] = [];
  for (const { folder, servers } of found) {
    const where = folder === null ? "" : `${visible(folder)}, `;
    const here = folder === null ? context : inFolder(context, folder);
    for (const { key, value } of servers.members) {
      const entry = connectEntry(key, value, text, here, lists.bareVariables);
      notes.push(`${where}${visible(key)}: ${entry.note}`);
      secrets.push(...entry.secrets);
      if (entry.text !== null)
        changes.push({ start: value.start, end: value.end, text: entry.text });
    }
  }
  return ok({ text: replaced(text, changes), notes, secrets });
}

/** Servers of one folder are started in it. */
function inFolder(context: ConnectContext, folder: string): ConnectContext {
  return { ...context, folder, file: { ...context.file, scope: "project" } };
}

/** As `connectServers`, for a file that need not list any: it then stays as it is. */
export function connectServersIfAny(
  text: string,
  lists: Lists,
  context: ConnectContext,
): Result<Edit, ConnectError> {
  const edit = connectServers(text, lists, context);
  return !edit.ok && edit.error.code === "connect.no_servers"
    ? ok({ text, notes: [], secrets: [] })
    : edit;
}

interface Entry {
  /** Null: the entry stays as it is. */
  readonly text: string | null;
  readonly note: string;
  readonly secrets: readonly string[];
}

function connectEntry(
  key: string,
  node: Node,
  text: string,
  context: ConnectContext,
  bareVariables: boolean | undefined,
): Entry {
  const stays = (note: string): Entry => ({ text: null, note, secrets: [] });
  const entry = plain(node);
  if (node.kind !== "object" || !isObject(entry)) return stays("is not an object; left alone");
  if (isBridge(entry)) return stays("goes through Bylaw already");
  const upstream = upstreamOf(entry, context, bareVariables);
  if (typeof upstream === "string") return stays(`${upstream}; left alone`);
  const name = context.upstream(key, upstream);
  const set = { ...("type" in entry ? { type: "stdio" } : {}), ...bridgeTo(name, context) };
  return {
    text: withMembers(text, node, set, MOVED),
    note: becomes(name),
    secrets: secretsOf(upstream),
  };
}

/** What a client starts in the place of a server. */
export function bridgeTo(
  name: string,
  { bylaw: [command, ...first], tokenFile, data }: ConnectContext,
): { readonly command: string; readonly args: readonly string[] } {
  const bridge = ["mcp", "--upstream", name, "--token-file", tokenFile];
  return { command, args: [...first, ...bridge, ...data] };
}

export function becomes(name: string): string {
  return `becomes upstream \`${name}\` of bylaw.yaml`;
}

/** Values that no terminal shows. */
export function secretsOf(upstream: NewUpstream): readonly string[] {
  return Object.values("url" in upstream ? upstream.headers : upstream.env).filter(
    ({ length }) => length >= SECRET_UNITS_MIN,
  );
}

/** Whether an entry starts a bridge of Bylaw, whichever copy of it. */
export function isBridge({ command, args }: JsonObject): boolean {
  if (typeof command !== "string" || !isArray(args)) return false;
  const words = [command, ...args].map((word) => (typeof word === "string" ? word : ""));
  const at = words.indexOf("mcp");
  const program = basename(words[at - 1] ?? "").replace(/\.(?:js|cmd|exe)$/, "");
  return at > 0 && program === "bylaw" && words.includes("--upstream", at);
}

/** What an entry starts or calls, as bylaw.yaml says it; a text where Bylaw cannot do the same. */
export function upstreamOf(
  entry: JsonObject,
  context: ConnectContext,
  bareVariables = false,
): NewUpstream | string {
  if ("envFile" in entry) return "takes its variables from an `envFile`";
  const filled = fill(
    Object.fromEntries(MOVED.flatMap((key) => pick(entry, key))),
    context,
    bareVariables,
  );
  if (typeof filled === "string") return filled;
  const { command, args = [], env = {}, cwd, url, headers = {} } = filled;
  if (typeof url === "string" && command === undefined) {
    if (!/^https?:\/\//.test(url)) return `has an address that is not http: \`${visible(url)}\``;
    if (filled["type"] === "sse" || filled["transport"] === "sse")
      return "speaks HTTP+SSE, which is not served yet";
    return isTexts(headers) ? { url, headers } : "has headers that are not texts";
  }
  if (typeof command !== "string" || command === "" || url !== undefined)
    return "has neither a command nor an address";
  if (!isArray(args) || !args.every((word) => typeof word === "string"))
    return "has arguments that are not texts";
  if (!isTexts(env)) return "has variables that are not texts";
  if (cwd !== undefined && typeof cwd !== "string") return "has a folder that is not a text";
  const here = context.file.scope === "project" ? context.folder : context.home;
  return { command: [command, ...args], env, cwd: cwd ?? here };
}

function pick(entry: JsonObject, key: string): readonly (readonly [string, Json])[] {
  const value = entry[key];
  return value === undefined ? [] : [[key, value]];
}

function isTexts(value: Json): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

/** Placeholders that clients fill in: known ones are, of any other only the client knows the value. */
function fill(
  entry: JsonObject,
  context: ConnectContext,
  bareVariables: boolean,
): JsonObject | string {
  let unknown: string | null = null;
  const placeholders = bareVariables ? /\$\{([^}]*)\}|\$[A-Za-z_]\w*/g : /\$\{([^}]*)\}/g;
  const text = (written: string): string =>
    written.replace(placeholders, (whole, name: string | undefined) => {
      const value = name === undefined ? null : placeholder(name, context);
      if (value === null) unknown ??= whole;
      return value ?? whole;
    });
  const walk = (value: Json): Json => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  const filled = walk(entry);
  if (unknown !== null)
    return `uses ${visible(unknown)}, which only the client can fill in: put the value in bylaw.yaml yourself`;
  return isObject(filled) ? filled : entry;
}

function placeholder(name: string, { file, folder, home }: ConnectContext): string | null {
  if (name === "userHome") return home;
  if (/^workspaceFolder(?::|$)/.test(name) && file.scope === "project") return folder;
  if (name === "workspaceFolderBasename" && file.scope === "project") return basename(folder);
  return null;
}

interface List {
  /** Folder that the servers are for; null: for everywhere that the file holds. */
  readonly folder: string | null;
  readonly servers: Extract<Node, { kind: "object" }>;
}

function listsOf(root: Node, { keys, folders }: Lists): readonly List[] {
  const own = listIn(root, keys, null);
  const nested = folders === undefined ? undefined : memberOf(root, folders);
  const members = nested?.kind === "object" ? nested.members : [];
  const absolute = members.filter(({ key }) => isAbsolute(key));
  return [...own, ...absolute.flatMap(({ key, value }) => listIn(value, keys, key))];
}

function listIn(node: Node, keys: readonly string[], folder: string | null): readonly List[] {
  const found = keys.map((key) => memberOf(node, key)).find((one) => one?.kind === "object");
  return found?.kind === "object" ? [{ folder, servers: found }] : [];
}

/**
 * Puts back the entries that still are as `connectServers` left them, whatever else was changed in the
 * file since. Null where one of the texts cannot be read.
 */
export function disconnectServers(
  text: string,
  before: string | null,
  after: string,
  lists: Lists,
): string | null {
  return putBack([text, before ?? "{}", after], (one) => {
    const read = readJsonc(one);
    const found = read.ok ? listsOf(read.value, lists) : [];
    return found.length === 0 ? null : found.flatMap(entriesOf);
  });
}

/** Each entry, by folder and name. */
function entriesOf({ folder, servers }: List): readonly Named[] {
  return servers.members.map(({ key, value: { start, end } }) => ({
    name: JSON.stringify([folder, key]),
    start,
    end,
  }));
}
