import { fail, isObject, type Json, ok, type Result } from "@bylaw/core";
import type { NewUpstream } from "@bylaw/server";
import { visible } from "../visible.ts";
import type { ConnectContext, ConnectError, Edit } from "./client.ts";
import { FROM_ENVIRONMENT, withVariables } from "./codex-variables.ts";
import { becomes, bridgeTo, isBridge, secretsOf, upstreamOf } from "./mcp-servers.ts";
import { putBack, type Replacement, replaced } from "./replacement.ts";
import { type Pair, readToml, type Table } from "./toml.ts";

const SERVERS = "mcp_servers";
/** Members that say what is started or called, by what other clients call them. */
const MOVED: ReadonlyMap<string, string> = new Map([
  ["command", "command"],
  ["args", "args"],
  ["env", "env"],
  ["cwd", "cwd"],
  ["url", "url"],
  ["http_headers", "headers"],
  ...FROM_ENVIRONMENT.map((name) => [name, name] as const),
]);

/** The tables of one server, which stand one after the other. */
interface Section {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly tables: readonly [Table, ...Table[]];
}

/** What a file lists: sections that can be replaced, and servers that are written in another way. */
interface Listed {
  readonly sections: readonly Section[];
  readonly others: readonly string[];
}

/**
 * As `connectServers`, for the `[mcp_servers.NAME]` tables of Codex's config.toml. A file without any
 * stays as it is.
 */
export function connectCodexServers(
  text: string,
  context: ConnectContext,
): Result<Edit, ConnectError> {
  const read = readToml(text);
  if (!read.ok) {
    const { line, column, message } = read.error;
    const where = `${context.file.path}:${line}:${column}`;
    return fail({ code: "connect.syntax", message: `${where}: ${message}; nothing was changed` });
  }
  const { sections, others } = listed(read.value);
  const notes = others.map(
    (name) => `${visible(name)}: is not written as one table; left alone: move it by hand`,
  );
  const secrets: string[] = [];
  const changes: Replacement[] = [];
  for (const section of sections) {
    const name = visible(section.name);
    const entry = entryOf(section);
    const read = isBridge(entry) ? "goes through Bylaw already" : wanted(entry, context);
    if (typeof read === "string") {
      notes.push(`${name}: ${read}`);
      continue;
    }
    const { upstream, variables } = read;
    const given = context.upstream(section.name, upstream);
    notes.push(`${name}: ${becomes(given)}${withValues(variables)}`);
    secrets.push(...secretsOf(upstream), ...written(section));
    changes.push(...edits(text, section, given, context));
  }
  return ok({ text: replaced(text, changes), notes, secrets });
}

function wanted(
  entry: Readonly<Record<string, Json>>,
  context: ConnectContext,
): { readonly upstream: NewUpstream; readonly variables: readonly string[] } | string {
  const filled = withVariables(entry, context.environment);
  if (!filled.ok) return `${filled.error}; left alone`;
  const upstream = upstreamOf(filled.value.entry, context);
  if (typeof upstream === "string") return `${upstream}; left alone`;
  return { upstream, variables: filled.value.variables };
}

function withValues(variables: readonly string[]): string {
  if (variables.length === 0) return "";
  return `, with the values that ${variables.map(visible).join(", ")} have now`;
}

function listed(tables: readonly Table[]): Listed {
  const sections = new Map<string, Section>();
  const others = new Set<string>();
  let last: string | null = null;
  for (const table of tables) {
    const [head, name, ...rest] = table.path;
    if (head !== SERVERS || name === undefined) {
      for (const { key, value } of table.pairs)
        for (const inline of inlineNames(table.path, key, value)) others.add(inline);
      last = null;
      continue;
    }
    const open = sections.get(name);
    if (open !== undefined && last === name && !table.list)
      sections.set(name, { ...open, end: table.end, tables: [...open.tables, table] });
    else if (open === undefined && rest.length === 0 && !table.list)
      sections.set(name, { name, start: table.start, end: table.end, tables: [table] });
    else others.add(name);
    last = name;
  }
  return {
    sections: [...sections.values()].filter(({ name }) => !others.has(name)),
    others: [...others],
  };
}

/** Servers that stand in a pair: `mcp_servers.a.command = …`, `mcp_servers = { a = … }`, `a = { … }`. */
function inlineNames(path: readonly string[], key: readonly string[], value: Json): string[] {
  const [head, name] = [...path, ...key];
  if (head !== SERVERS) return [];
  if (name !== undefined) return [name];
  return isObject(value) ? Object.keys(value) : [];
}

/** What the tables say, under the names that other clients use. */
function entryOf({ tables }: Section): Readonly<Record<string, Json>> {
  const entry: Record<string, Json> = {};
  for (const { path, pairs } of tables)
    for (const { key, value } of pairs) {
      const [first = "", second, ...deeper] = [...path.slice(2), ...key];
      if (deeper.length > 0) continue;
      const name = MOVED.get(first) ?? first;
      const there = entry[name];
      if (second === undefined) entry[name] = value;
      else entry[name] = { ...(isObject(there) ? there : {}), [second]: value };
    }
  return entry;
}

function moved({ path }: Table, { key }: Pair): boolean {
  return MOVED.has([...path.slice(2), ...key][0] ?? "");
}

/** Values as the file has them, which may be other letters than what they say. */
function written({ tables }: Section): readonly string[] {
  return tables.flatMap((table) =>
    table.pairs
      .filter(({ key }) =>
        ["env", "http_headers"].includes([...table.path.slice(2), ...key][0] ?? ""),
      )
      .map(({ raw }) => raw),
  );
}

function edits(
  text: string,
  { tables }: Section,
  upstream: string,
  context: ConnectContext,
): readonly Replacement[] {
  const [own] = tables;
  const { command, args } = bridgeTo(upstream, context);
  const lead = own.body > 0 && text[own.body - 1] !== "\n" ? "\n" : "";
  const lines = `${lead}command = ${quoted(command)}\nargs = [${args.map(quoted).join(", ")}]\n`;
  const gone = tables.flatMap((table): readonly Replacement[] => {
    if (table !== own && MOVED.has(table.path[2] ?? ""))
      return [{ start: table.start, end: table.end, text: "" }];
    const pairs = table.pairs.filter((pair) => moved(table, pair));
    return pairs.map(({ start, end }) => ({ start, end, text: "" }));
  });
  // Last, since it begins where the first of those may begin.
  return [...gone, { start: own.body, end: own.body, text: lines }];
}

/** As a TOML text: JSON's, but for the one letter that TOML wants escaped besides. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/**
 * Puts back the tables that still are as `connectCodexServers` left them, whatever else was changed in
 * the file since. Null where one of the texts cannot be read.
 */
export function disconnectCodexServers(
  text: string,
  before: string | null,
  after: string,
): string | null {
  return putBack([text, before ?? "", after], (one) => {
    const read = readToml(one);
    return read.ok ? listed(read.value).sections : null;
  });
}
